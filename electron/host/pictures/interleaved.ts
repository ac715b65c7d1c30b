/** From channel by channel, as columns of pictures have their pixels, to pixel by pixel, as files and sharp do. */
export function interleaved(pixels: Uint8Array, channels: number): Uint8Array {
  const size = pixels.length / channels
  const woven = new Uint8Array(pixels.length)
  for (let channel = 0; channel < channels; channel++)
    for (let i = 0; i < size; i++) woven[i * channels + channel] = pixels[channel * size + i]!
  return woven
}
