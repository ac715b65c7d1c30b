/** Places outside the workspace, where a person's own files are, and what must be true of them afterwards. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { hashOf, write } from './data.ts'
import { freshFolder, program, root, type Finished } from './support.ts'
import { everything } from './workspace.ts'

export const cli = join(root, 'electron/host/cli.ts')
export const manifestFile = 'descent-files.json'

/** Everything below a place, with what it is and holds: what must be the same afterwards. */
export function snapshot(path: string): string {
  const describe = (each: string): string => {
    const at = lstatSync(each)
    const what = at.isFile() ? hashOf(each) : at.isSymbolicLink() ? readlinkSync(each) : 'neither'
    return `${each} ${at.mode} ${what}`
  }
  const at = lstatSync(path, { throwIfNoEntry: false })
  if (at === undefined) return 'nothing'
  return at.isDirectory() ? [path, ...everything(path).map(describe)].sort().join('\n') : describe(path)
}

export const complaint = (condition: boolean, text: string): string[] => (condition ? [] : [text])

export function saysNo({ code, stdout, stderr, timedOut }: Finished, sentence: RegExp): string[] {
  return [
    ...complaint(!timedOut, 'it did not end'),
    ...complaint(code === 1, `it ended with ${code} instead of 1`),
    ...complaint(stdout === '', `it printed ${stdout.slice(0, 200)}`),
    ...complaint(
      sentence.test(stderr),
      `it said ${JSON.stringify(stderr.slice(0, 500))}, not ${sentence.source}`,
    ),
    ...complaint(!/\n {4}at |should not/.test(stderr), `it shows its insides: ${stderr.slice(0, 500)}`),
  ]
}

/** Does every file have the hash that the manifest says, and is there no other? */
export function unsound(folder: string): string[] {
  const { files } = JSON.parse(readFileSync(join(folder, manifestFile), 'utf8')) as {
    files: { name: string; sha256: string }[]
  }
  const there = everything(folder).filter((path) => lstatSync(path).isFile())
  const listed = new Map([...files.map(({ name, sha256 }) => [join(folder, name), sha256] as const)])
  return [
    ...complaint(
      there.length === files.length + 1,
      `${folder} has ${there.length} files, not those it lists`,
    ),
    ...[...listed].flatMap(([path, hash]) =>
      complaint(existsSync(path) && hashOf(path) === hash, `${path} is not what was written`),
    ),
  ]
}

export const scratches = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith('.descent-'))

/** Tables of one shape, and models of two seeds with what they predict. */
export class World {
  readonly folder = freshFolder()
  readonly data = join(this.folder, 'plants.csv')
  readonly asked = join(this.folder, 'asked.csv')
  readonly former = join(this.folder, 'former')
  readonly next = join(this.folder, 'next')
  predicted = { former: '', next: '' }
  seconds = 0
  #places = 0

  readonly descent = (...args: string[]): Promise<Finished> =>
    program([cli, ...args], { cwd: this.folder, limitMs: 120_000 })

  runArgs(seed: number, out: string): string[] {
    const settings = ['--backend', 'wasm', '--epochs', '5', '--set', 'model.hidden=[32]']
    return ['run', this.data, '--target', 'last', '--seed', String(seed), ...settings, '--out', out]
  }

  async prepare(): Promise<void> {
    const row = (i: number) =>
      `${((i * 7919) % 1000) / 100},${'abc'[(i * 31) % 3]},${(i * 7919) % 1000 > 600 ? 'tall' : 'low'}`
    write(this.data, ['height,letter,kind', ...Array.from({ length: 150 }, (_, i) => row(i))].join('\n'))
    write(this.asked, 'height,letter\n9.5,a\n,b\n1,c\n')
    for (const [i, name] of (['former', 'next'] as const).entries()) {
      const start = performance.now()
      const made = await this.descent(...this.runArgs(i + 1, this[name]))
      if (made.code !== 0) throw new Error(`no model to attack: ${made.stderr}`)
      this.seconds = (performance.now() - start) / 1000
      this.predicted[name] = (await this.descent('predict', join(this[name], 'model'), this.asked)).stdout
    }
    if (this.predicted.former === this.predicted.next) throw new Error('the two models predict the same')
  }

  /** A place of its own for one case. */
  place(): string {
    const folder = join(this.folder, `case-${++this.#places}`)
    mkdirSync(folder)
    return folder
  }
}

/** What stands where the product is told to write, and why it says that it leaves that alone. */
export const standing: Record<string, { make(at: string, world: World): void; why: RegExp }> = {
  'another program’s model with folders in it': {
    make(at) {
      write(join(at, 'model.json'), '{"format":"graph-model","modelTopology":{}}')
      write(join(at, 'recipe.json'), '{"dish":"goulash"}')
      write(join(at, 'assets', 'fonts', 'a.woff'), 'letters')
      write(join(at, 'group1-shard1of1.bin'), 'weights')
    },
    why: /holds something that Descent did not write/,
  },
  'a thesis': {
    make: (at) => void write(join(at, 'chapters', '1.tex'), 'ten years'),
    why: /holds something that Descent did not write/,
  },
  'our folder with notes in its card': {
    make(at, { former }) {
      cpSync(former, at, { recursive: true })
      appendFileSync(join(at, 'model', 'README.md'), '\nIt fails in winter.\n')
    },
    why: /model\/README\.md that was changed since/,
  },
  'our folder with a file more': {
    make(at, { former }) {
      cpSync(former, at, { recursive: true })
      write(join(at, 'model', 'notes.txt'), 'mine')
    },
    why: /holds model\/notes\.txt, which Descent did not write/,
  },
  'our folder with an empty folder more': {
    make(at, { former }) {
      cpSync(former, at, { recursive: true })
      mkdirSync(join(at, 'figures'))
    },
    why: /holds figures, which Descent did not write/,
  },
  'our folder with a file less': {
    make(at, { former }) {
      cpSync(former, at, { recursive: true })
      rmSync(join(at, 'metrics.csv'))
    },
    why: /has lost its metrics\.csv/,
  },
  'a folder of an earlier version': {
    make(at, { former }) {
      cpSync(former, at, { recursive: true })
      rmSync(join(at, manifestFile))
    },
    why: /earlier version of Descent, which left no marker/,
  },
  'our folder with a manifest that lies': {
    make(at, { former }) {
      cpSync(former, at, { recursive: true })
      write(
        join(at, manifestFile),
        '{"format":"descent-files","formatVersion":1,"writtenBy":"me","files":[]}',
      )
    },
    why: /which Descent did not write/,
  },
  'a link to our folder': {
    make: (at, { former }) => symlinkSync(former, at),
    why: /is a link/,
  },
  'a link to nowhere': { make: (at) => symlinkSync(`${at}-nowhere`, at), why: /is a link/ },
  'a file': { make: (at) => void write(at, 'a thesis'), why: /is a file/ },
  'a pipe': { make: (at) => void execFileSync('mkfifo', [at]), why: /is neither a file nor a folder/ },
}
