import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { findChromium, vulkanEnvironment } from './provision.ts'

it('takes the Chromium that the user names before any other', () => {
  const everything = (): boolean => true
  expect(findChromium({ DESCENT_CHROMIUM: '/a', CHROME_PATH: '/b' }, everything)).toBe('/a')
  expect(findChromium({ CHROME_PATH: '/b' }, everything)).toBe('/b')
})

it('passes over a path that does not exist', () => {
  expect(findChromium({ DESCENT_CHROMIUM: '/a', CHROME_PATH: '/b' }, (path) => path === '/b')).toBe('/b')
  expect(findChromium({}, () => false)).toBeUndefined()
})

it('leaves the Vulkan device that the user chose alone', () => {
  expect(vulkanEnvironment({ VK_ICD_FILENAMES: '/my/icd.json' })).toEqual({})
})

it('names a driver that exists, or none', () => {
  const icd = vulkanEnvironment({})['VK_ICD_FILENAMES']
  expect(icd === undefined || existsSync(icd)).toBe(true)
})
