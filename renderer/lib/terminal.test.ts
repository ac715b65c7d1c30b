import { expect, test } from 'vitest'
import { begin, exportFormats } from '../../electron/contract/index.ts'
import { exportCommand, predictCommand } from './terminal.ts'

test('commands name what was chosen, and leave out what is as it starts', () => {
  expect(predictCommand('/my models/a', 'data.csv', 'linux')).toBe(
    "npx descent predict '/my models/a' data.csv",
  )
  expect(exportCommand('/a', begin(exportFormats, 'onnx'), 'linux')).toBe(
    'npx descent export /a --format onnx',
  )
  expect(exportCommand('/a', begin(exportFormats, 'onnx', { preparation: false }), 'linux')).toBe(
    'npx descent export /a --format onnx --set preparation=false',
  )
})
