/** Numbers in the sentences about a preparation. */
import { plural } from '../../contract/index.ts'

export const short = (value: number): string => String(Number(value.toPrecision(4))).replaceAll('-', '−')

export const shifted = (x: string, center: number): string =>
  center === 0 ? x : `(${x} ${center < 0 ? '+' : '−'} ${short(Math.abs(center))})`

export const rowsOf = (count: number): string => plural(count, 'row')
