/**
 * Whether Electron's window can have its sandbox here. On Linux that needs user namespaces which ordinary users may make, or a
 * helper that belongs to root; where there is neither, Chromium ends with a stack trace, so that it has to be known before.
 * https://chromium.googlesource.com/chromium/src/+/main/docs/linux/suid_sandbox_development.md
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface SandboxFacts {
  readonly platform: NodeJS.Platform
  readonly root: boolean
  /** /proc/sys/kernel/unprivileged_userns_clone, of Debian's kernels; null where the file is not. */
  readonly clone: string | null
  /** /proc/sys/user/max_user_namespaces */
  readonly most: string | null
  /** /proc/sys/kernel/apparmor_restrict_unprivileged_userns, of Ubuntu's from 23.10 on. */
  readonly restricted: string | null
  /** AppArmor has a profile of this binary, which then may. */
  readonly hasProfile: boolean
  /** Chromium's helper beside the binary, and whether it is root's and may act as root; null: nobody knows of one. */
  readonly helper: { readonly path: string; readonly works: boolean } | null
}

/** Why it cannot, as part of a sentence, and what to do, as sentences. */
interface NoSandbox {
  readonly why: string
  readonly mend: string
}

const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`

/** What of the three settings stands in the way, and which value would not. */
function obstacleOf({ clone, most, restricted, hasProfile }: SandboxFacts): NoSandbox | null {
  const off = (why: string, setting: string) => ({
    why: `Electron’s sandbox needs user namespaces, which ${why}`,
    mend: `sudo sysctl -w ${setting}`,
  })
  if (clone === '0') return off('this system keeps from ordinary users', 'kernel.unprivileged_userns_clone=1')
  if (most === '0') return off('are switched off on this system', 'user.max_user_namespaces=10000')
  if (restricted === '1' && !hasProfile)
    return off(
      'AppArmor keeps from programs without a profile',
      'kernel.apparmor_restrict_unprivileged_userns=0',
    )
  return null
}

/** Null: it can. */
export function whyNoSandbox(facts: SandboxFacts): NoSandbox | null {
  const { platform, root, helper } = facts
  if (platform !== 'linux') return null
  if (root)
    return {
      why: 'Electron’s sandbox does not run as root',
      mend: 'Start Descent as an ordinary user to have a window of its own.',
    }
  const obstacle = obstacleOf(facts)
  if (obstacle === null || helper?.works === true) return null
  const forAll = `“${obstacle.mend}” allows them to every program, until the next start of the system.`
  if (helper === null) return { why: obstacle.why, mend: forAll }
  const path = quoted(helper.path)
  const forOne = `“sudo chown root:root ${path} && sudo chmod 4755 ${path}” gives Descent’s window a helper in their place.`
  return { why: obstacle.why, mend: `${forOne} Or ${forAll}` }
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null // this kernel has no such setting, or does not tell
  }
}

const setuid = 0o4000

function helperOf(binary: string): SandboxFacts['helper'] {
  const path = join(dirname(binary), 'chrome-sandbox')
  try {
    const { uid, mode } = statSync(path)
    return { path, works: uid === 0 && (mode & setuid) !== 0 }
  } catch {
    return null // a stand-in has none
  }
}

/** What a profile is for: the path before its rules, quoted or not. */
const attachments =
  /^\s*(?:profile\s+)?(?:[^\s/@"#]\S*\s+)?("[^"]+"|(?:\/|@\{)\S*)\s+(?:\w+=\([^)]*\)\s*)*\{/gm
const globs: Readonly<Record<string, string>> = { '**': '.*', '*': '[^/]*', '?': '[^/]', '{': '(?:', '}': ')', ',': '|' } // prettier-ignore

/** Whether one of AppArmor's profiles is for this binary: by its path, or by a pattern such as one for each `node_modules`. */
export const hasProfileOf = (profiles: string, binary: string): boolean =>
  profiles.includes(binary) ||
  [...profiles.matchAll(attachments)].some(([, pattern]) => {
    // A variable stands for folders, such as everybody's home.
    const source = pattern!
      .replaceAll('"', '')
      .replaceAll(/@\{\w+\}|\*\*|[^\w/-]/g, (part) =>
        part.startsWith('@{') ? '.*' : (globs[part] ?? `\\${part}`),
      )
    try {
      return new RegExp(`^(?:${source})$`).test(binary)
    } catch {
      return false // no pattern that anybody could match
    }
  })

function isProfiled(binary: string): boolean {
  const folder = '/etc/apparmor.d'
  try {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
    return files.some(({ name }) => hasProfileOf(read(join(folder, name)) ?? '', binary))
  } catch {
    return false // there is no AppArmor
  }
}

/** `binary`: Electron’s, where it is known. */
export const sandboxFacts = (binary: string | null): SandboxFacts => ({
  platform: process.platform,
  root: process.getuid?.() === 0,
  clone: read('/proc/sys/kernel/unprivileged_userns_clone'),
  most: read('/proc/sys/user/max_user_namespaces'),
  restricted: read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
  hasProfile: binary !== null && isProfiled(binary),
  helper: binary === null ? null : helperOf(binary),
})
