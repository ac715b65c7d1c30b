import { expect, test } from 'vitest'
import type { PictureProfile } from '../../electron/contract/index.ts'
import { measuresOf, pictureMap, sortedPictures } from './picture-profile.ts'

const profile: PictureProfile = {
  column: 'image',
  of: 3,
  names: ['a.png', 'b.png', 'c.png'],
  labels: [1, 0, 1],
  classes: ['cat', 'dog'],
  brightness: [0.5, 0.1, 0.9],
  contrast: [0.2, 0.2, 0.2],
  sharpness: [10, 30, 20],
  oddness: [1, 1, 2.5],
  width: [10, 20, 30],
  height: [20, 10, 15],
  map: { x: [0, 1, 2], y: [2, 1, 0], explained: [0.6, 0.2] },
  means: [],
  alike: { count: 0, pairs: [] },
}

test('pictures are sorted by what differs between them, all or those of a class', () => {
  expect(measuresOf(profile)).toEqual(['oddness', 'brightness', 'sharpness', 'size', 'aspect'])
  expect(measuresOf({ ...profile, width: null, height: null })).not.toContain('size')
  const names = (...of: Parameters<typeof sortedPictures>) => sortedPictures(...of).map(({ name }) => name)
  expect(names(profile, 'brightness', 'lowest', null)).toEqual(['b.png', 'a.png', 'c.png'])
  expect(names(profile, 'size', 'highest', null)).toEqual(['c.png', 'a.png', 'b.png'])
  expect(names(profile, 'sharpness', 'highest', 'dog')).toEqual(['c.png', 'a.png'])
})

test('a point of the map is a picture, in the color of its class', () => {
  const scatter = pictureMap(profile)!
  expect(scatter).toMatchObject({ rows: [0, 1, 2], color: { values: [1, 0, 1], labels: ['cat', 'dog'] } })
  expect(scatter.x.name.replace('\u00a0', ' ')).toBe('First component (60.0 %)')
  expect(pictureMap({ ...profile, map: null })).toBeNull()
})
