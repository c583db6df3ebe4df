/* pack.cl - image bytes [y][x][3] to the first layer's input 2p - 255 as int16 [y][x][4], the fourth channel zero.
 * Global size: (width, height). row: int16 values between rows; offset: place of pixel (0, 0). */
kernel void pack(global const uchar *restrict image, global short *restrict out, int offset, int row)
{
    const int x = (int)get_global_id(0), y = (int)get_global_id(1), width = (int)get_global_size(0);
    const short3 p = convert_short3(vload3(y * width + x, image));
    vstore4((short4)(p * (short)2 - (short)255, (short)0), 0, out + offset + y * row + x * 4);
}
