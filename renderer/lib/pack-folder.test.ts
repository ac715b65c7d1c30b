import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import { packFolder, type FileInFolder } from './pack-folder.ts'

async function unpacked(archive: Blob): Promise<[path: string, content: string][]> {
  const reader = extract()
  Readable.from([Buffer.from(await archive.arrayBuffer())]).pipe(reader)
  const found: [string, string][] = []
  for await (const entry of reader)
    found.push([entry.header.name, (await buffer(entry as unknown as Readable)).toString('latin1')])
  return found
}

const contents = ['', 'a', 'b'.repeat(511), 'c'.repeat(512), 'd'.repeat(513)]

test.each([
  ['short', 'cat'],
  ['of other scripts', 'кошка/猫 🐈'],
  ['longer than a header holds', Array.from({ length: 12 }, () => 'a long folder').join('/')],
  // Records say their own length: one more digit makes them a byte longer.
  ...Array.from({ length: 12 }, (_, more) => [`of ${86 + more} letters`, 'é'.repeat(38 + more)]),
])('a folder is packed as others unpack it, with names that are %s', async (_, name) => {
  const files = contents.map((content, i): FileInFolder => ({
    path: `pets/${name}/${i}.jpg`,
    file: new Blob([content]),
  }))
  const archive = packFolder('pets', files)
  expect(archive.name).toBe('pets.tar')
  expect(archive.size % 512).toBe(0)
  expect(await unpacked(archive)).toEqual(files.map(({ path }, i) => [path, contents[i]]))
})
