import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasProfileOf, sandboxFacts, whyNoSandbox, type SandboxFacts } from './sandbox.ts'

const desktop: SandboxFacts = {
  platform: 'linux',
  root: false,
  clone: null,
  most: '63458',
  restricted: null,
  hasProfile: false,
  helper: null,
}
const helper = { path: "/home/o'neill/electron/dist/chrome-sandbox", works: false }

test('nothing is said where namespaces are to be had, or where nothing needs them', () => {
  expect(whyNoSandbox(desktop)).toBe(null)
  expect(whyNoSandbox({ ...desktop, clone: '1', restricted: '0', helper })).toBe(null)
  expect(whyNoSandbox({ ...desktop, restricted: '1', hasProfile: true })).toBe(null)
  for (const platform of ['darwin', 'win32'] as const)
    expect(whyNoSandbox({ ...desktop, platform, root: true, clone: '0' })).toBe(null)
})

test('each way in which a system keeps them back is named with the setting that gives them', () => {
  const said = (facts: Partial<SandboxFacts>) => {
    const found = whyNoSandbox({ ...desktop, ...facts })
    return `${found?.why}. ${found?.mend}`
  }
  expect(said({ clone: '0' })).toContain(
    'keeps from ordinary users. “sudo sysctl -w kernel.unprivileged_userns_clone=1”',
  )
  expect(said({ most: '0' })).toContain(
    'switched off on this system. “sudo sysctl -w user.max_user_namespaces=10000”',
  )
  expect(said({ restricted: '1' })).toContain(
    'AppArmor keeps from programs without a profile. “sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0”',
  )
  expect(said({ root: true })).toBe(
    'Electron’s sandbox does not run as root. Start Descent as an ordinary user to have a window of its own.',
  )
})

test('a helper of root’s does in their place, and the command that makes it one survives odd paths', () => {
  expect(whyNoSandbox({ ...desktop, clone: '0', helper: { ...helper, works: true } })).toBe(null)
  const path = String.raw`'/home/o'\''neill/electron/dist/chrome-sandbox'`
  expect(whyNoSandbox({ ...desktop, clone: '0', helper })?.mend).toContain(
    `“sudo chown root:root ${path} && sudo chmod 4755 ${path}”`,
  )
  expect(whyNoSandbox({ ...desktop, root: true, helper: { ...helper, works: true } })).not.toBe(null)
})

test('a profile may name many binaries by a pattern', () => {
  const binary = '/home/ann/some app/node_modules/electron/dist/electron'
  const profiled = (head: string) =>
    hasProfileOf(`abi <abi/4.0>,\n# of ours\n${head} flags=(unconfined) {\n  userns,\n}\n`, binary)
  expect(profiled('profile electron /**/node_modules/electron/dist/electron')).toBe(true)
  expect(profiled('profile electron "/home/*/some app/{,packages/}node_modules/electron/dist/electron"')).toBe(true) // prettier-ignore
  expect(profiled('@{HOME}/**/electron')).toBe(true)
  expect(profiled(`profile electron "${binary}"`)).toBe(true)
  // One star is one folder, and a profile of another program is none of this.
  expect(profiled('profile electron /home/*/electron')).toBe(false)
  expect(profiled('profile chrome /opt/google/chrome/chrome')).toBe(false)
  expect(profiled('profile odd /**/[electron')).toBe(false)
})

test('this machine’s facts are read, and the helper’s from its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-sandbox-'))
  try {
    const binary = join(folder, 'electron')
    expect(sandboxFacts(binary).helper).toBe(null)
    const path = join(folder, 'chrome-sandbox')
    writeFileSync(path, '')
    expect(sandboxFacts(binary).helper).toEqual({ path, works: false })
    const isRoot = process.getuid?.() === 0
    if (isRoot) chmodSync(path, 0o4755)
    expect(sandboxFacts(binary)).toMatchObject({
      platform: process.platform,
      root: isRoot,
      helper: { path, works: isRoot },
    })
    expect(sandboxFacts(null)).toMatchObject({ helper: null, hasProfile: false })
    if (process.platform === 'linux') expect(sandboxFacts(null).most).toMatch(/^\d+$/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
