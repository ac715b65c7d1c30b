/** libvips, by which pictures are decoded and written. */
import type Sharp from 'sharp'

let loading: Promise<typeof Sharp> | null = null

/** Its library has 20 MB: the host, which decodes nothing when it starts, does so without it. */
export const libvips = (): Promise<typeof Sharp> =>
  (loading ??= import('sharp').then(({ default: sharp }) => {
    // Everything is decoded once: what libvips would keep of it is memory that nobody asks for again.
    sharp.cache(false)
    return sharp
  }))
