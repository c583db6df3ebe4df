"""The control of the conformance suite in NumPy and, where it is installed, PyTorch: the same network in 32-bit floats.

usage: float_peer.py FOLDER. Writes the keys of both heads, fold and tanh, to files there and prints "name<tab>file", or the name and
why there is none.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reader"))
import generator as reader  # skips itself without NumPy
import numpy as np

SEED, CHANNELS, SIDE = bytes([1]) * 32, 16, 64


def numpy_layer(x, w, stride, transposed):
    if transposed:
        spread = np.zeros((x.shape[0], 2 * x.shape[1], 2 * x.shape[2]), np.float32)
        spread[:, ::2, ::2] = x
        x, w, stride = spread, w.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1], 1
    k, (c, height, width) = w.shape[2], x.shape
    padded = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    h, v = height // stride, width // stride
    seen = np.stack([padded[:, y:y + stride * h:stride, z:z + stride * v:stride] for y in range(k) for z in range(k)], 1)
    return (w.reshape(len(w), -1) @ seen.reshape(c * k * k, -1)).reshape(-1, h, v)


def torch_layer(torch):
    def layer(x, w, stride, transposed):
        x, w, f = torch.from_numpy(x)[None], torch.from_numpy(w), torch.nn.functional
        with torch.inference_mode():
            if transposed:
                return f.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1)[0].numpy()
            return f.conv2d(x, w, stride=stride, padding=w.shape[2] // 2)[0].numpy()
    return layer


def keys(layer):
    model = reader.Model.random(SEED, CHANNELS)
    image = np.frombuffer(reader.xstream(SEED, b"DKGTEST\0" + bytes(16), SIDE * SIDE * 3), np.uint8).reshape(SIDE, SIDE, 3)
    x, block = 2 * image.transpose(2, 0, 1).astype(np.float32) - 255, None
    for i, (w, (_, _, transposed, stride)) in enumerate(zip(model.weights, reader.tensors_of(CHANNELS))):
        a = layer(x, w.astype(np.float32), stride, transposed)
        if i == 17:
            break
        block = x if 3 <= i <= 14 and i % 2 == 1 else block
        mean = a.mean((1, 2), keepdims=True)
        y = (a - mean) * (np.float32(128) / np.sqrt(((a - mean) ** 2).mean((1, 2), keepdims=True) + np.float32(1e-5)))
        x = block + y if 3 <= i <= 14 and i % 2 == 0 else np.maximum(y, 0)
    a = a.transpose(1, 2, 0)
    u = np.rint(a).astype(np.int64).astype(np.uint32)
    fold = (u ^ u >> np.uint32(8) ^ u >> np.uint32(16)).astype(np.uint8)
    return fold.tobytes() + np.rint(np.float32(127.5) * (np.tanh(a * np.float32(1e-5)) + 1)).astype(np.uint8).tobytes()


def main(folder):
    layers = {f"NumPy {np.__version__}": numpy_layer}
    try:
        import torch
        layers[f"PyTorch {torch.__version__}"] = torch_layer(torch)
    except ImportError:
        print("PyTorch: not installed for this Python")
    for number, (name, layer) in enumerate(layers.items()):
        path = os.path.join(folder, f"peer{number}")
        with open(path, "wb") as file:
            file.write(keys(layer))
        print(f"{name}\t{path}")


if __name__ == "__main__":
    main(sys.argv[1])
