/** No machine that runs these tests has Docker: what its builder reads is held to what the builder knows, and to what the folder holds. */
import { expect, test } from 'vitest'
import { portable } from './portable.ts'

/** https://docs.docker.com/reference/dockerfile/ */
const known = 'FROM WORKDIR COPY RUN USER ENV EXPOSE STOPSIGNAL CMD'.split(' ')

const lines = portable('server/Dockerfile')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => /^(\S+) (\S.*)$/.exec(line)!.slice(1, 3) as [name: string, rest: string])
const of = (name: string): string[] => lines.flatMap(([one, rest]) => (one === name ? [rest] : []))

test('the Dockerfile has instructions that there are, in an order that works', () => {
  for (const [name, rest] of lines) {
    expect(known).toContain(name)
    // Nothing is continued on a line that would be read as an instruction of its own.
    expect(rest.endsWith('\\')).toBe(false)
  }
  expect(lines.map(([name]) => name)).toEqual('FROM WORKDIR COPY RUN COPY USER ENV EXPOSE STOPSIGNAL CMD'.split(' ')) // prettier-ignore
  expect(of('FROM')).toEqual([expect.stringMatching(/^node:\d+-slim$/)])
  // What is installed follows from package.json alone, so that another model installs nothing anew.
  expect(of('COPY')).toEqual(['package.json ./', '. .'])
  expect(of('RUN')).toEqual([expect.stringMatching(/^npm install .*--ignore-scripts/)])
})

test('it starts the server as nobody in particular, where others reach it', () => {
  expect(of('USER')).toEqual(['node'])
  const variables = Object.fromEntries(of('ENV')[0]!.split(' ').map((one) => one.split('='))) as Record<string, string> // prettier-ignore
  expect(variables).toEqual({
    HOST: '0.0.0.0',
    PORT: '8080',
    NODE_ENV: 'production',
    ORT_DISABLE_TELEMETRY: '1',
  })
  expect(of('EXPOSE')).toEqual([variables['PORT']])
  expect(JSON.parse(of('CMD')[0]!)).toEqual(['node', 'server.mjs'])
  const server = portable('server/server.mjs')
  for (const name of ['HOST', 'PORT'])
    expect(server).toMatch(new RegExp(`\\{[^}]*\\b${name} = .*process\\.env`))
  expect(server).toContain(`'${of('STOPSIGNAL')[0]}'`)
})

test('onnxruntime is told to report nothing before it is loaded', () => {
  const server = portable('server/server.mjs')
  const [told, loaded] = ['process.env.ORT_DISABLE_TELEMETRY', 'onnxruntime-node'].map((text) => server.indexOf(`${text}`, server.indexOf("from './reader.js'"))) // prettier-ignore
  expect(told).toBeGreaterThan(0)
  expect(loaded).toBeGreaterThan(told!)
  // An import of its own would come before every line.
  expect(server).not.toMatch(/^import .*onnxruntime/m)
})
