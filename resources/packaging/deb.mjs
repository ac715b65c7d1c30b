#!/usr/bin/env node
// What electron-builder asks of fpm for a .deb, done by Debian's own dpkg-deb: fpm is a Ruby program that would be downloaded.
// Plain JavaScript, because electron-builder starts it as a program of its own.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const text = { type: 'string' }
const several = { type: 'string', multiple: true, default: [] }
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    s: { ...text, short: 's' },
    t: { ...text, short: 't' },
    d: { ...several, short: 'd' },
    force: { type: 'boolean' },
    debug: { type: 'boolean' },
    log: text,
    'deb-recommends': several,
    'deb-compression': { ...text, default: 'xz' },
    'deb-priority': { ...text, default: 'optional' },
    architecture: text,
    'after-install': text,
    'after-remove': text,
    description: text,
    version: text,
    package: text,
    name: text,
    maintainer: text,
    vendor: text,
    url: text,
    category: text,
    license: text,
    iteration: text,
  },
})

const folder = mkdtempSync(join(tmpdir(), 'descent-deb-'))
try {
  let bytes = 0
  for (const mapping of positionals) {
    const at = mapping.lastIndexOf('=')
    const [from, to] = [mapping.slice(0, at), join(folder, mapping.slice(at + 1))]
    mkdirSync(dirname(to), { recursive: true })
    cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) bytes += statSync(path).size
    // Others than root shall read it, whatever umask it was built with.
    if (entry.isDirectory()) chmodSync(path, 0o755)
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o111 ? 0o755 : 0o644)
  }
  chmodSync(folder, 0o755)
  const [synopsis = '', ...more] = (values.description ?? '').trim().split('\n')
  const fields = {
    Package: values.name,
    Version: values.version,
    Architecture: values.architecture,
    Maintainer: values.maintainer,
    'Installed-Size': Math.ceil(bytes / 1024),
    Depends: values.d.join(', '),
    Recommends: values['deb-recommends'].join(', '),
    Section: values.category ?? 'science',
    Priority: values['deb-priority'],
    Homepage: values.url === 'about:blank' ? undefined : values.url,
    Description: [synopsis, ...more.map((line) => ` ${line.trim() || '.'}`)].join('\n'),
  }
  const control = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
  mkdirSync(join(folder, 'DEBIAN'), { mode: 0o755 })
  writeFileSync(
    join(folder, 'DEBIAN/control'),
    control.map(([name, value]) => `${name}: ${value}\n`).join(''),
  )
  for (const [script, from] of [
    ['postinst', values['after-install']],
    ['postrm', values['after-remove']],
  ])
    if (from !== undefined) {
      cpSync(from, join(folder, 'DEBIAN', script))
      chmodSync(join(folder, 'DEBIAN', script), 0o755)
    }
  const { status } = spawnSync(
    'dpkg-deb',
    ['--root-owner-group', `-Z${values['deb-compression']}`, '--build', folder, values.package],
    { stdio: 'inherit' },
  )
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
