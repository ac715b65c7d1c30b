/** How much comes through, whatever the sender says of its size. */
import { Transform } from 'node:stream'

/** `room`: what there is still room for, of one stream or of several; what goes through is taken from it. */
export const counting = (room: { left: number }, tooMuch: () => Error): Transform =>
  new Transform({
    transform(chunk: Buffer, _, done) {
      room.left -= chunk.length
      if (room.left < 0) done(tooMuch())
      else done(null, chunk)
    },
  })
