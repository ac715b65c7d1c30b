/** The systems that Descent is packaged for: those for which the registry has a Node, and every native package a binary. */
import { DescentError } from '../../electron/contract/index.ts'

export interface Target {
  readonly platform: 'linux' | 'win32' | 'darwin'
  readonly arch: 'x64' | 'arm64'
}

export const targets: readonly Target[] = [
  { platform: 'linux', arch: 'x64' },
  { platform: 'linux', arch: 'arm64' },
  { platform: 'win32', arch: 'x64' },
  { platform: 'darwin', arch: 'arm64' },
]

export const nameOf = ({ platform, arch }: Target): string => `${platform}-${arch}`

export function targetNamed(name: string): Target {
  const target = targets.find((each) => nameOf(each) === name)
  if (target) return target
  const known = targets.map(nameOf).join(', ')
  throw new DescentError('badRequest', `Descent is not packaged for ${name}: give one of ${known}.`)
}

/** How packages name systems in the paths of their binaries: `linux-x64`, `linuxmusl-arm64`, `darwin-universal`. */
const system =
  /(?:^|[^a-z0-9])(linuxmusl|linux|win32|darwin|freebsd|android)-(x64|arm64|ia32|arm|universal)(-musl)?(?![a-z0-9])/

/** Whether a path is for the target, for another system (false), or names none (null). */
export function isFor({ platform, arch }: Target, path: string): boolean | null {
  const found = system.exec(path)
  if (!found) return null
  const [, itsPlatform, itsArch, musl] = found
  return itsPlatform === platform && (itsArch === arch || itsArch === 'universal') && musl === undefined
}
