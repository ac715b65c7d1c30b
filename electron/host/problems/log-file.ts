/** What the host says about its own work, kept beside its data in files that never grow beyond their bounds. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { makePrivateFile, makePrivateFolder } from '../store/index.ts'

const [folder, name] = ['logs', 'descent.log']
/** Bytes of a file before a new one begins, and earlier files that stay. */
const [mostBytes, earlier] = [1_000_000, 2]
/** Of a line, characters: a stack trace has fewer. */
const longest = 8000

export class LogFile {
  readonly #path: string
  readonly #most: number
  #bytes: number

  constructor(workspace: string, most = mostBytes) {
    this.#most = most
    this.#path = join(workspace, folder, name)
    try {
      makePrivateFolder(join(workspace, folder))
      makePrivateFile(this.#path)
    } catch {
      // Without a log everything else still works, as in `write`.
    }
    this.#bytes = existsSync(this.#path) ? statSync(this.#path).size : 0
  }

  /** Never throws: a disk that is full must not end what it is told of. */
  write(message: string): void {
    const line = `${new Date().toISOString()} ${message.slice(0, longest)}\n`
    const size = Buffer.byteLength(line)
    try {
      if (this.#bytes + size > this.#most) this.#begin()
      appendFileSync(this.#path, line)
      this.#bytes += size
    } catch {
      // What is said goes to stderr as well.
    }
  }

  #begin(): void {
    rmSync(`${this.#path}.${earlier}`, { force: true })
    for (let i = earlier - 1; i >= 0; i--) {
      const from = i === 0 ? this.#path : `${this.#path}.${i}`
      if (existsSync(from)) renameSync(from, `${this.#path}.${i + 1}`)
    }
    makePrivateFile(this.#path)
    this.#bytes = 0
  }
}

/** The last lines of the file at hand and the one before it, which may be none: nothing is ever made. */
export function lastLines(workspace: string, most: number): string[] {
  const path = join(workspace, folder, name)
  return [`${path}.1`, path]
    .flatMap((file) => endOf(file, 200_000).split('\n'))
    .filter((line) => line !== '')
    .slice(-most)
}

function endOf(file: string, most: number): string {
  if (!existsSync(file)) return ''
  const { size } = statSync(file)
  const buffer = Buffer.alloc(Math.min(most, size))
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
  } finally {
    closeSync(descriptor)
  }
  const text = buffer.toString()
  // A line that was cut says nothing.
  return size > most ? text.slice(text.indexOf('\n') + 1) : text
}
