import type { Case, Workload } from '../cases.ts'

const kilobytes = [32, 512, 8192, 131_072]
const copies = kilobytes.map((kb): [string, Case] => [
  `${kb < 1024 ? `${kb} KiB` : `${kb / 1024} MiB`}`,
  { kind: 'roofline', what: 'copy', amount: kb * 1024 },
])

/** What single operations are held against: it is measured whenever one of them is. */
export const machine: Workload = {
  name: 'machine',
  about: 'the roofline of each backend: multiply-adds in registers, copies by working set',
  procedure: 'rounds',
  cases: {
    '': { kind: 'roofline', what: 'multiply-add', amount: 2 ** 27 },
    ...Object.fromEntries(copies),
  },
}

export const dispatch: Workload = {
  name: 'dispatch',
  about: 'a step of 200 kernels that do next to nothing',
  procedure: 'rounds',
  cases: { '': { kind: 'dispatch', kernels: 200 } },
}
