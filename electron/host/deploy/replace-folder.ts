/**
 * Puts a folder in its place whole or not at all, and a folder of ours that is there out of the way. The new one is put
 * together in a scratch folder beside its place. Between two renames nothing is there: a process that dies just then
 * leaves the former folder in its scratch folder, from where the next one brings it back.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { openScratch, sweepScratch, type Scratch } from '../scratch.ts'
import { asOutputError } from './output-error.ts'
import {
  listedFile,
  manifestFile,
  manifestOf,
  whyKept,
  withManifest,
  type Files,
  type ListedFile,
} from './owned-folder.ts'

const newFolder = 'new'
const oldFolder = 'old'
const replacesFile = 'replaces.json'

export const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** `path`, `path-2`, `path-3`, …: the first that `suits`. */
export function firstSuch(path: string, suits: (path: string) => boolean): string {
  let each = path
  for (let n = 2; !suits(each); n++) each = `${path}-${n}`
  return each
}

/** So that a rename outlives a power cut. Where folders cannot be opened, the system does as it does. */
export function flushFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // Windows, and some network drives.
  }
}

function startFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
}

function writeFile(folder: string, name: string, content: Uint8Array | string): void {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content, { flush: true })
}

function writeFiles(folder: string, files: Files): void {
  startFolder(folder)
  for (const [name, content] of Object.entries(files)) writeFile(folder, name, content)
  flushFolder(folder)
}

/** Somebody may have written into it while it was replaced. */
function dropFormer(former: string, target: string): void {
  if (whyKept(former) === null) rmSync(former, { recursive: true, force: true, maxRetries: 3 })
  else
    renameSync(
      former,
      firstSuch(`${target}-former`, (path) => !exists(path)),
    )
}

function giveBack(former: string, target: string): void {
  try {
    renameSync(former, target)
  } catch {
    // Another process has put its own there.
    dropFormer(former, target)
  }
}

/** Whoever may read the former folder and its files may read the new ones, and nobody else. */
function keepModes(former: string, fresh: string, prefix = ''): void {
  for (const entry of readdirSync(join(fresh, prefix), { withFileTypes: true })) {
    const name = prefix + entry.name
    if (lstatSync(join(former, name), { throwIfNoEntry: false }) === undefined) continue
    if (entry.isDirectory()) keepModes(former, fresh, `${name}/`)
    else copyMode(join(former, name), join(fresh, name))
  }
  copyMode(join(former, prefix), join(fresh, prefix))
}

/** Some network drives have no modes. */
function copyMode(from: string, to: string): void {
  try {
    chmodSync(to, lstatSync(from).mode & 0o777)
  } catch (error) {
    if (!noModes.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}
const noModes = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

function exchange(scratch: string, target: string): void {
  const fresh = join(scratch, newFolder)
  const former = join(scratch, oldFolder)
  if (!exists(target)) renameSync(fresh, target)
  else if (readdirSync(target).length === 0) {
    rmdirSync(target)
    renameSync(fresh, target)
  } else {
    keepModes(target, fresh)
    renameSync(target, former)
    try {
      renameSync(fresh, target)
    } catch (error) {
      giveBack(former, target)
      throw error
    }
    flushFolder(dirname(target))
    dropFormer(former, target)
  }
  flushFolder(dirname(target))
}

export interface Placed {
  readonly path: string
  /** What to tell the person who named another place. */
  readonly notes: readonly string[]
}

const isOurs = (path: string): boolean => whyKept(path) === null

/**
 * The files and their manifest as the folder `target`; where something is in the way that is not ours to replace, beside
 * it. `scratch`: the path of a scratch folder beside the target. `suits`: may this place be taken?
 */
export function placeFolder(
  scratch: string,
  target: string,
  files: Files,
  suits: (path: string) => boolean = isOurs,
): Placed {
  try {
    writeFiles(join(scratch, newFolder), withManifest(files))
    return exchangeInto(scratch, target, suits)
  } catch (error) {
    throw asOutputError(error, target)
  }
}

/**
 * As `placeFolder`, of files that are written one after the other as they come, so that memory need not hold them. They are told
 * where they will be; where somebody takes that place meanwhile, they are asked for once more.
 */
export async function placeAsTheyCome(
  scratch: string,
  target: string,
  files: (place: string) => AsyncIterable<readonly [name: string, content: Uint8Array | string]>,
): Promise<Placed> {
  try {
    for (let place = firstSuch(target, isOurs); ;) {
      const folder = join(scratch, newFolder)
      startFolder(folder)
      const listed = new Map<string, ListedFile>()
      for await (const [name, content] of files(place)) {
        listed.set(name, listedFile(name, content))
        writeFile(folder, name, content)
      }
      writeFile(folder, manifestFile, manifestOf([...listed.values()]))
      flushFolder(folder)
      const placed = exchangeInto(scratch, target, isOurs)
      if (placed.path === place) return placed
      place = placed.path
    }
  } catch (error) {
    throw asOutputError(error, target)
  }
}

function exchangeInto(scratch: string, target: string, suits: (path: string) => boolean): Placed {
  const held = new Map<string, string>()
  for (let attempt = 1; ; attempt++) {
    const path = firstSuch(target, (each) => !held.has(each) && suits(each))
    const why = path === target ? null : (held.get(target) ?? whyKept(target))
    try {
      noteTarget(scratch, path)
      exchange(scratch, path)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (attempt === attempts) throw error
      if (exists(path) && inUse.has(code)) held.set(path, `cannot be replaced (${code})`)
      else if (!crossed.has(code)) throw error
      continue
    }
    return {
      path,
      notes: why === null ? [] : [`${target} ${why}, so it stays as it is. This went to ${path} instead.`],
    }
  }
}

const attempts = 5
/** Another process wrote to the same place at the same time: between two looks it came, or went. */
const crossed = new Set(['ENOENT', 'ENOTEMPTY', 'EEXIST'])
/** Windows moves no folder of which a program has a file open, and no system one that is mounted. */
const inUse = new Set(['EBUSY', 'EPERM', 'EACCES', 'EXDEV'])

/** As placeFolder; folders above the target are made, and the scratch folder too. */
export function writeFolder(target: string, files: Files, suits: (path: string) => boolean = isOurs): Placed {
  try {
    const scratch = openScratchBeside(target)
    try {
      return placeFolder(scratch.path, target, files, suits)
    } finally {
      scratch.remove()
    }
  } catch (error) {
    throw asOutputError(error, target)
  }
}

/** Where a folder can be put together that is to become `target`. What dead processes left there is put in order. */
export function openScratchBeside(target: string): Scratch {
  const parent = dirname(target)
  try {
    mkdirSync(parent, { recursive: true })
    tidyExports(parent)
    return openScratch(parent)
  } catch (error) {
    throw asOutputError(error, target)
  }
}

/** Whoever finds the scratch folder of a dead process reads there whose place it was about. */
function noteTarget(scratch: string, target: string): void {
  // The name alone: it stays right when the folder around both is moved.
  writeFileSync(join(scratch, replacesFile), JSON.stringify({ target: basename(target) }), { flush: true })
}

function targetOf(scratch: string): string {
  const { target } = JSON.parse(readFileSync(join(scratch, replacesFile), 'utf8')) as { target?: unknown }
  if (typeof target !== 'string' || target === '' || target !== basename(target) || /^\.\.?$/.test(target))
    throw new Error('This is not the scratch folder of a folder that was being replaced.')
  return join(dirname(scratch), target)
}

/**
 * For sweepScratch: brings the folder back that a process had put aside when it died. Throws where it cannot, and then
 * the scratch folder stays.
 */
export function rescueExport(scratch: string): void {
  if (!existsSync(join(scratch, replacesFile))) {
    if (exists(join(scratch, oldFolder))) throw new Error('Nothing says where the former folder belongs.')
    return
  }
  const target = targetOf(scratch)
  const former = join(scratch, oldFolder)
  if (!exists(former)) return
  if (exists(target)) dropFormer(former, target)
  else renameSync(former, target)
  flushFolder(dirname(target))
}

/** What processes that died while they wrote into this folder left there is put in order. */
export function tidyExports(parent: string): void {
  try {
    sweepScratch(parent, rescueExport)
  } catch {
    // It cannot be listed: whoever reads or writes there is told.
  }
}
