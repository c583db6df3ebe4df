"""One peer of the benchmark: prints its name, then one time in seconds for every line it reads.

usage: peers.py PEER THREADS CHANNELS

PEER: eager, compile (PyTorch, float32), onnx-int8 (ONNX Runtime, 8-bit activations and weights), conv-int8 (the 3x3 convolution of
a residual layer alone, oneDNN through PyTorch's quantised operators). The network is DeepKeyGen's generator (docs/generator.md,
section 1) with random weights, on one image of 256 x 256 pixels. What cannot run here says why on standard error.
"""

import sys
import time

SIZE = 256


def layers(n):
    """Kind, kernel, stride, in, out and what follows, as in docs/generator.md."""
    first = [("conv", 7, 1, 3, n, "relu"), ("conv", 3, 2, n, 2 * n, "relu"), ("conv", 3, 2, 2 * n, 4 * n, "relu")]
    block = [("conv", 3, 1, 4 * n, 4 * n, "relu"), ("conv", 3, 1, 4 * n, 4 * n, "add")]
    last = [("up", 3, 2, 4 * n, 2 * n, "relu"), ("up", 3, 2, 2 * n, n, "relu"), ("conv", 7, 1, n, 3, "tanh")]
    return first + 6 * block + last


def torch_network(n):
    from torch import nn

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.spec, self.parts = layers(n), nn.ModuleList()
            for kind, k, s, i, o, _ in self.spec:
                if kind == "conv":
                    self.parts.append(nn.Conv2d(i, o, k, s, k // 2, bias=False))
                else:
                    self.parts.append(nn.ConvTranspose2d(i, o, k, s, 1, output_padding=1, bias=False))

        def forward(self, x):
            norm, shortcut = nn.functional.instance_norm, x
            for (kind, _, _, _, _, after), part in zip(self.spec, self.parts):
                y = part(x)
                if after == "tanh":
                    return y.tanh()
                if after == "add":
                    x = shortcut = shortcut + norm(y)
                else:
                    x = norm(y).relu()
                    shortcut = shortcut if kind == "conv" and part.in_channels == part.out_channels else x
            return x

    return Network().eval()


def torch_peer(compiled, threads, n):
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    network, image = torch_network(n), torch.randn(1, 3, SIZE, SIZE)
    if compiled:
        network = torch.compile(network)
    network(image)
    return f"PyTorch {torch.__version__.split('+')[0]} fp32, {'torch.compile' if compiled else 'eager'}", lambda: network(image)


def onnx_model(n):
    """The network as an ONNX graph, in float32."""
    import numpy
    from onnx import TensorProto, helper, numpy_helper

    draw = numpy.random.default_rng(1)
    nodes, weights, x, shortcut = [], [], "image", None
    for l, (kind, k, s, i, o, after) in enumerate(layers(n)):
        shape = (o, i, k, k) if kind == "conv" else (i, o, k, k)
        weights.append(numpy_helper.from_array((draw.standard_normal(shape) * 0.02).astype("float32"), f"w{l}"))
        more = {} if kind == "conv" else {"output_padding": [1, 1]}
        nodes.append(helper.make_node("Conv" if kind == "conv" else "ConvTranspose", [x, f"w{l}"], [f"a{l}"], kernel_shape=[k, k],
                                      strides=[s, s], pads=4 * [k // 2], **more))
        if after == "tanh":
            nodes.append(helper.make_node("Tanh", [f"a{l}"], ["key"]))
            break
        for name, value in ((f"one{l}", numpy.ones(o)), (f"zero{l}", numpy.zeros(o))):
            weights.append(numpy_helper.from_array(value.astype("float32"), name))
        nodes.append(helper.make_node("InstanceNormalization", [f"a{l}", f"one{l}", f"zero{l}"], [f"n{l}"]))
        if after == "add":
            nodes.append(helper.make_node("Add", [shortcut, f"n{l}"], [f"x{l}"]))
        else:
            nodes.append(helper.make_node("Relu", [f"n{l}"], [f"x{l}"]))
        x = f"x{l}"
        shortcut = x if after == "add" or i != o else shortcut
    shape = [1, 3, SIZE, SIZE]
    graph = helper.make_graph(nodes, "DeepKeyGen", [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("key", TensorProto.FLOAT, shape)], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def onnx_peer(threads, n):
    import os
    import tempfile

    import numpy
    import onnx
    import onnxruntime
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    image = numpy.random.default_rng(2).standard_normal((1, 3, SIZE, SIZE)).astype("float32")

    class OneImage(CalibrationDataReader):
        left = [{"image": image}]

        def get_next(self):
            return self.left.pop() if self.left else None

    with tempfile.TemporaryDirectory() as folder:
        plain, quantised = os.path.join(folder, "fp32.onnx"), os.path.join(folder, "int8.onnx")
        onnx.save(onnx_model(n), plain)
        quantize_static(plain, quantised, OneImage(), quant_format=QuantFormat.QDQ, op_types_to_quantize=["Conv"], per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        session = onnxruntime.InferenceSession(quantised, options, providers=["CPUExecutionProvider"])
    return f"ONNX Runtime {onnxruntime.__version__} int8", lambda: session.run(None, {"image": image})


def conv_peer(threads, n):
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    torch.backends.quantized.engine = "onednn"
    c = 4 * n
    x = torch.quantize_per_tensor(torch.randn(1, c, SIZE // 4, SIZE // 4), 0.05, 64, torch.quint8)
    w = torch.quantize_per_tensor(torch.randn(c, c, 3, 3) * 0.02, 0.001, 0, torch.qint8)
    packed = torch.ops.quantized.conv2d_prepack(w, None, [1, 1], [1, 1], [1, 1], 1)
    return "oneDNN int8, one residual convolution", lambda: torch.ops.quantized.conv2d(x, packed, 0.1, 64)


def main(peer, threads, channels):
    try:
        if peer == "onnx-int8":
            name, work = onnx_peer(threads, channels)
        elif peer == "conv-int8":
            name, work = conv_peer(threads, channels)
        else:
            name, work = torch_peer(peer == "compile", threads, channels)
        work()
    except Exception as reason:  # whatever a peer fails with is its reason to be absent
        lines = str(reason).strip().splitlines() or [type(reason).__name__]
        print(f"{type(reason).__name__}: {lines[0]}", file=sys.stderr)
        return 1
    print(name, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        work()
        print(time.perf_counter() - start, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
