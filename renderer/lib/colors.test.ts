import { expect, it } from 'vitest'
import { mix, withAlpha } from './colors.ts'

it('mixes two colors of the theme', () => {
  expect(mix('#ff0000', '#000', 0.5)).toBe('#800000')
  expect(mix('#123456', '#ffffff', 1)).toBe('#123456')
})

it('keeps to the ground where the system names it', () => {
  expect(mix('#ff0000', 'Canvas', 0.9)).toBe('Canvas')
  expect(withAlpha('CanvasText', 0.5)).toBe('CanvasText')
})

it('writes transparency in a way that all programs read', () => {
  expect(withAlpha('#0b6b75', 0.5)).toBe('rgba(11,107,117,0.5)')
})
