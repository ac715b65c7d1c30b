/** What package-lock.json says of packages, installed here or not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Target } from './targets.ts'

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())])
const names = z.record(z.string(), z.string()).default({})
const lockedSchema = z.object({
  version: z.string().default(''),
  license: z.string().optional(),
  dependencies: names,
  optionalDependencies: names,
  devDependencies: names,
  bin: z.record(z.string(), z.string()).optional(),
  os: oneOrMore.optional(),
  cpu: oneOrMore.optional(),
  libc: oneOrMore.optional(),
})
const lockSchema = z.object({ packages: z.record(z.string(), lockedSchema) })

type Locked = z.infer<typeof lockedSchema>
/** By folder: `node_modules/zod`. The project itself is ''. */
export type Lock = Readonly<Record<string, Locked>>

export const readLock = (root: string): Lock =>
  lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))).packages

/** The package that a file belongs to: everything up to the last `node_modules/NAME`. */
export function packageOf(path: string): string | null {
  const [folder] = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/|$)/.exec(path) ?? []
  return folder ?? null
}

export const nameOfPackage = (folder: string): string =>
  folder.slice(folder.lastIndexOf('node_modules/') + 13)

/** A dependency's folder, as Node looks for it from the folder of who needs it. */
export function resolved(lock: Lock, from: string, name: string): string | null {
  const folder = `${from}${from && '/'}node_modules/${name}`
  if (lock[folder]) return folder
  return from === ''
    ? null
    : resolved(lock, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name)
}

/** The package exists for some systems alone. */
export const isForOneSystem = ({ os, cpu }: Locked): boolean => os !== undefined && cpu !== undefined

/** glibc is what Electron itself needs on Linux. */
export const suits = ({ os, cpu, libc }: Locked, { platform, arch }: Target): boolean =>
  (os?.includes(platform) ?? true) && (cpu?.includes(arch) ?? true) && (libc?.includes('glibc') ?? true)
