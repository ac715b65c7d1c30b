import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { performHere } from './testing.ts'

let folder: string
let count = 0
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'descent-convert-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (data: string | Buffer): string => {
  const path = join(folder, `in${count++}.csv`)
  writeFileSync(path, data)
  return path
}

const descent = (...args: string[]) => performHere(args)

async function converted(data: string | Buffer, ...args: string[]) {
  const out = join(folder, `out${count++}.csv`)
  const ended = await descent('convert', write(data), '-o', out, ...args)
  expect(ended.code, ended.stderr).toBe(0)
  return { ...ended, text: readFileSync(out, 'utf8') }
}

describe('descent convert', () => {
  it('writes what was read, header first, cells as they stand, and says what was decided', async () => {
    const { text, stderr } = await converted(
      'Report 2020\n\ncity;note;mass\nZürich; as is ;1,50\nBern;=1+1;NA\n;;\ncity;note;mass\nGenf;"a; b";007\n',
    )
    expect(text).toBe('city,note,mass\nZürich, as is ,"1,50"\nBern,=1+1,NA\nGenf,a; b,007\n')
    expect(stderr).toContain('Read with delimiter semicolon')
    expect(stderr).toContain('header 3')
    expect(stderr).toContain('The table begins below line 1, which is left out: “Report 2020”.')
    expect(stderr).toContain('no cell holds anything: line 6')
    expect(stderr).toContain('the header stands there once more: line 7')
    expect(stderr).toMatch(/3 rows, 3 columns written to/)
  })

  it('names every row that is left out or read otherwise', async () => {
    const { text, stderr } = await converted('a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,2,3\n"7,8,9\n1,2,3\n')
    expect(text).toBe('a,b,c\n1,2,3\n4,5,\n1,2,3\n7,8,9\n1,2,3\n')
    expect(stderr).toContain('1 row left out:\n  line 4: too many fields: 4 instead of 3: 6,7,8,9')
    expect(stderr).toContain('line 3: too few fields: 2 instead of 3; the others are empty: 4,5')
    expect(stderr).toContain('line 6: a quote that is never closed')
  })

  it('writes as it is understood with --typed', async () => {
    const rows = Array.from(
      { length: 12 },
      (_, i) => `1.${i + 10}0,5;${i + 10}.03.2020; x ;?;${i + 1}:3${i % 10} pm\n`,
    ).join('')
    const { text } = await converted(`a;day;t;m;at\n${rows}`, '--typed')
    expect(text.split('\n').slice(0, 3)).toEqual([
      'a,day,t,m,at',
      '1100.5,2020-03-10,x,,13:30',
      '1110.5,2020-03-11,x,,14:31',
    ])
  })

  it('reads numbers that nothing else tells by the decimal sign that is said', async () => {
    const text = `a;b\n${Array.from({ length: 12 }, (_, i) => `1.${i + 100};${i}\n`).join('')}`
    expect((await converted(text, '--typed')).text).toContain('\n1.1,0\n')
    expect((await converted(text, '--typed', '--decimal', ',')).text).toContain('\n1100,0\n')
  })

  it('needs nothing to learn from', async () => {
    expect((await converted('name\nBob\n')).text).toBe('name\nBob\n')
    expect((await converted('a,b\n')).text).toBe('a,b\n')
    expect((await converted('')).text).toBe('')
    expect((await converted('1,2\n3,4\n')).text).toBe('1,2\n3,4\n')
    expect((await converted('1,2\n3,4\n', '--names')).text).toBe('c1,c2\n1,2\n3,4\n')
  })

  it('obeys what is said, or refuses it', async () => {
    const text = 'x:y\nu:v\n1:2\n3:4\n'
    expect((await converted(text, '--header', '2')).text).toBe('u,v\n1,2\n3,4\n')
    expect((await converted(text, '--header', 'none', '--delimiter', 'colon')).text).toBe(
      'x,y\nu,v\n1,2\n3,4\n',
    )
    expect((await converted('%a,b\nx,1\ny,2\n', '--comment', 'none')).text).toBe('%a,b\nx,1\ny,2\n')
    expect(
      (await converted(Buffer.from('città,x\nüber,1\n', 'latin1'), '--encoding', 'Windows-1250')).text,
    ).toContain('über')
    for (const [flag, value, message] of [
      ['--delimiter', ',', '“,” separates nothing in'],
      ['--header', '9', 'Line 9 cannot be the header'],
      ['--skip', '50', '50 lines of'],
      ['--encoding', 'UTF-16LE', 'UTF-16LE'],
    ] as const) {
      const ended = await descent('convert', write(text.slice(0, -1)), flag, value)
      expect([ended.code, ended.stdout]).toEqual([1, ''])
      expect(ended.stderr).toContain(message)
    }
    const wrong = await descent('convert', write(text), '--header', 'second')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('--header: Header must be auto, none, first, or line numbers')
  })

  it('writes over nothing unless told, and never over what it reads', async () => {
    const path = write('a,b\n1,2\n')
    const there = write('precious')
    expect((await descent('convert', path, '-o', there)).stderr).toContain('already exists')
    expect((await descent('convert', path, '-o', path, '--overwrite')).stderr).toContain(
      'is the file that is read',
    )
    expect(readFileSync(there, 'utf8')).toBe('precious')
    expect((await descent('convert', path, '-o', there, '--overwrite')).code).toBe(0)
    expect(readFileSync(there, 'utf8')).toBe('a,b\n1,2\n')
  })

  it('writes to the terminal without -o', async () =>
    expect((await descent('convert', write('a;b\n1;2\n'))).stdout).toBe('a,b\n1,2\n'))
})

describe('what is said of a file', () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${i}.5:${i % 7}.25:${i % 2 ? 'yes' : 'no'}\n`).join('')
  const names = async (...args: string[]) => {
    const { code, stdout, stderr } = await descent('explore', ...args, '--json')
    expect(code, stderr).toBe(0)
    return (JSON.parse(stdout) as { columns: { name: string }[] }).columns.map(({ name }) => name)
  }
  it('is obeyed by explore, as a flag or by --set', async () => {
    const path = write(`a:b:y\nu:v:w\n${rows}`)
    expect(await names(path)).toEqual(['a u', 'b v', 'y w'])
    expect(await names(path, '--header', '2')).toEqual(['u', 'v', 'w'])
    expect(await names(path, '--set', 'data.source.header=2')).toEqual(['u', 'v', 'w'])
    expect(await names(path, '--set', 'data.source.skip=1')).toEqual(['u', 'v', 'w'])
    const refused = await descent('explore', path, '--set', 'data.source.header=99')
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('Line 99 cannot be the header'),
    ])
    const wrong = await descent('explore', path, '--set', 'data.source.quote=5')
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('Quoted by must be one of')])
  })
})
