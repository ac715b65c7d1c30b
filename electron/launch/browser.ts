/**
 * Opens the user's browser without telling other users the address, which signs in: a process's arguments can be read
 * by everyone on the machine. So the browser is given a file, which only its user can read, that leads to the address.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openScratch, sweepScratch } from '../host/scratch.ts'
import { forwardingPage } from '../host/server/index.ts'

/** The program that opens a file as a double click would, and its arguments. */
export function openerOf(platform: NodeJS.Platform): [command: string, ...args: string[]] {
  switch (platform) {
    case 'darwin':
      return ['open']
    case 'win32':
      // What `start` finds first in quotes is the title of a window.
      return ['cmd', '/c', 'start', '']
    default:
      return ['xdg-open']
  }
}

/** Returns what removes the file: once the browser has signed in, or when Descent ends. */
export function openInBrowser(address: string, parent = tmpdir()): () => void {
  sweepScratch(parent)
  const scratch = openScratch(parent)
  const file = join(scratch.path, 'open-descent.html')
  writeFileSync(file, forwardingPage(address), { flag: 'wx', mode: 0o600 })
  const [command, ...args] = openerOf(process.platform)
  const opener = spawn(command, [...args, file], { stdio: 'ignore', detached: true })
  // Without one, the printed address must do.
  opener.on('error', () => {})
  opener.unref()
  let there = true
  return () => {
    if (there) scratch.remove()
    there = false
  }
}
