import { describe, expect, it } from 'vitest'
import { readArguments, refuseSurplus, wholeNumber, type Arguments } from './arguments.ts'

interface Options {
  readonly stride?: number
  readonly padding?: number
  readonly bias?: boolean
  readonly device?: string
}

const conv = (...rest: Arguments<Options, ['stride', 'padding', 'bias']>): Options =>
  readArguments<Options>({ name: 'Conv', positional: ['stride', 'padding', 'bias'], named: ['device'] }, rest)

describe('arguments of a call', () => {
  it('come by position, by name, or both', () => {
    expect(conv()).toEqual({})
    expect(conv(2)).toEqual({ stride: 2 })
    expect(conv(2, 1, false)).toEqual({ stride: 2, padding: 1, bias: false })
    expect(conv(2, { bias: false, device: 'gpu' })).toEqual({ stride: 2, bias: false, device: 'gpu' })
    expect(conv({ padding: 3 })).toEqual({ padding: 3 })
  })

  it('are left out by null and undefined, as by None', () => {
    expect(conv(undefined, 1)).toEqual({ padding: 1 })
    expect(conv(null, 1)).toEqual({ padding: 1 })
  })

  it('are refused where nobody reads them', () => {
    const call = conv as (...rest: unknown[]) => Options
    expect(() => call(1, 2, true, 4)).toThrow(
      'Conv takes at most 3 options by position, not 4: in this order, stride, padding, bias; by name only: device.',
    )
    expect(() => call(1, { strides: 2 })).toThrow(
      'Conv has no option "strides". It has: stride, padding, bias, device.',
    )
    expect(() => call(1, { stride: 2 })).toThrow('"stride" is given twice')
    expect(() => {
      refuseSurplus('relu', 0, [1])
    }).toThrow('relu takes no arguments, not 1.')
  })

  it('are whole numbers where they count something', () => {
    expect(wholeNumber('Conv: outChannels', 3, 1)).toBe(3)
    for (const wrong of [0, 1.5, Number.NaN, undefined, '3'])
      expect(() => wholeNumber('Conv: outChannels', wrong, 1)).toThrow(
        `Conv: outChannels must be a whole number from 1, not ${String(wrong)}.`,
      )
  })
})
