import type { Case, Workload } from '../cases.ts'
import { memoryAccess, multiplyAdds } from '../roofline.ts'

const sizes = {
  '32 KiB': 2 ** 15,
  '512 KiB': 2 ** 19,
  '8 MiB': 2 ** 23,
  '128 MiB': 2 ** 27,
  '1 GiB': 2 ** 30,
}
const access = (what: 'read' | 'copy'): Record<string, Case> =>
  Object.fromEntries(
    Object.entries(sizes).map(([size, bytes]) => [`${what} ${size}`, memoryAccess(what, bytes)]),
  )

/** What single operations are held against, and more of it. */
export const machine: Workload = {
  name: 'machine',
  about: 'the roofline of each backend: multiply-adds in registers, reads and copies by working set',
  procedure: 'rounds',
  cases: {
    'multiply-add, one thread': multiplyAdds('one'),
    'multiply-add, all threads': multiplyAdds('all'),
    ...access('read'),
    ...access('copy'),
  },
  large: ['read 1 GiB', 'copy 1 GiB'],
}

export const dispatch: Workload = {
  name: 'dispatch',
  about: 'a step of 200 kernels that do next to nothing; and what of it is handing them over to a GPU',
  procedure: 'rounds',
  cases: { '': { kind: 'dispatch', kernels: 200 }, 'to encode': { kind: 'encode', kernels: 200 } },
}
