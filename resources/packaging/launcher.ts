/** The `descent` command of an installed app: the packaged command line under the packaged Node. */
import { nodeBinary, type PackagedFile } from './contents.ts'
import type { Target } from './targets.ts'

interface Launcher {
  readonly file: PackagedFile['to']
  readonly text: string
}

const cli = 'programs/cli.js'

export function launcher(target: Target): Launcher {
  const node = nodeBinary(target)
  return target.platform === 'win32'
    ? {
        file: 'descent/descent.cmd',
        text: [
          '@echo off',
          'setlocal',
          'set NODE_OPTIONS=',
          'set NODE_PATH=',
          `"%~dp0..\\${node.replaceAll('/', '\\')}" "%~dp0${cli.replaceAll('/', '\\')}" %*`,
          '',
        ].join('\r\n'),
      }
    : {
        file: 'descent/descent',
        text: [
          '#!/bin/sh',
          '# Through links, such as one in /usr/bin, to where the app is. macOS has no readlink -f before version 12.3.',
          'self=$0',
          'while [ -L "$self" ]; do',
          '  link=$(readlink "$self")',
          '  case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac',
          'done',
          'here=$(cd "$(dirname "$self")" && pwd -P)',
          'unset NODE_OPTIONS NODE_PATH',
          `exec "$here/../${node}" "$here/${cli}" "$@"`,
          '',
        ].join('\n'),
      }
}
