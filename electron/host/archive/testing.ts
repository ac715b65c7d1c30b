/** For tests: archives, taken apart and put together by whoever wants them otherwise. */
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import * as yauzl from 'yauzl'
import { ZipFile } from 'yazl'

export async function unzipped(from: string): Promise<Map<string, Buffer>> {
  const zip = await yauzl.openPromise(from, { lazyEntries: true, autoClose: false })
  const files = new Map<string, Buffer>()
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = []
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>)
      chunks.push(chunk)
    files.set(entry.fileName, Buffer.concat(chunks))
  }
  zip.close()
  return files
}

export interface ZipOptions {
  readonly modes?: Readonly<Record<string, number>>
  /** Names as they stand in the file, of which the packer takes only harmless ones. */
  readonly names?: Readonly<Record<string, string>>
}

export async function zipped(
  to: string,
  files: Iterable<readonly [string, Buffer]>,
  { modes = {}, names = {} }: ZipOptions = {},
): Promise<string> {
  const zip = new ZipFile()
  for (const [name, bytes] of files) zip.addBuffer(bytes, name, { mode: modes[name] ?? 0o100600 })
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(to))
  let text = readFileSync(to).toString('latin1')
  for (const [name, other] of Object.entries(names)) text = text.replaceAll(name, other)
  writeFileSync(to, text, 'latin1')
  return to
}
