/** What was measured: the best variant of each class of products, by device. Pure; files and clocks are elsewhere. */
import type { ContractKernel } from '../../../compiler/kernel.ts'
import { isRecord, readRecord } from '../../store.ts'
import { batchSize, operandsOf, type Operand } from './operand.ts'

/** Raised whenever kernels change so much that old measurements say nothing. */
const kernelsVersion = 2

/** Class of products → name of the best variant. */
export type Choices = Readonly<Record<string, string>>

/** Device → choices: what a store keeps. */
export type Tunings = Readonly<Record<string, Choices>>

/** A driver's update is another device. */
export const deviceKey = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  [vendor, architecture, device, description, `kernels ${kernelsVersion}`].join(' | ')

/** Two classes to a doubling. */
const sizeClass = (n: number): number => Math.round(2 ** (Math.ceil(2 * Math.log2(Math.max(1, n))) / 2))

const layoutClass = ({ layout, vectors, lineAxes, depthAxes }: Operand): string =>
  `${layout}${vectors ? 4 : 1}${lineAxes.length > 1 ? 'L' : ''}${depthAxes.length > 1 ? 'K' : ''}`

/** Products of one class take the same variant: alike in size, and in how their factors lie in memory. */
export function productClass(kernel: ContractKernel): string {
  const { m, n, k } = kernel
  const { a, b } = operandsOf(kernel)
  const sizes = [batchSize(kernel), m, n, k].map(sizeClass)
  const precision = kernel.precision === 'medium' ? 'medium ' : ''
  return `${precision}${sizes.join('x')} ${layoutClass(a)} ${layoutClass(b)}`
}

/** What of a store's text can be understood; nothing of a text that is damaged. */
export function readTunings(text: string | null): Tunings {
  const devices = Object.entries(readRecord(text))
  const choicesOf = (value: unknown): Choices =>
    Object.fromEntries(
      Object.entries(isRecord(value) ? value : {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    )
  return Object.fromEntries(devices.map(([device, value]) => [device, choicesOf(value)]))
}

/** The store's text with these choices added; the newer of two wins. */
export function withChoices(text: string | null, device: string, choices: Choices): string {
  const known = readTunings(text)
  const sorted = Object.entries({ ...known[device], ...choices }).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify({ ...known, [device]: Object.fromEntries(sorted) }, null, 1)}\n`
}
