import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  begin,
  splits,
  DescentError,
  recipeSchema,
  startLimits,
  type TextRecipe,
} from '../../../contract/index.ts'
import { plainContext } from '../kind.ts'
import { recognize } from '../recognize.ts'
import { questions, writeFiles, writeQuestions } from '../testing.ts'
import { text } from './index.ts'
import type { LabelStyle } from './label-style.ts'
import { textsBehind } from './rows-behind.ts'
import type { RowsWanted } from '../../explore/rows-behind.ts'
import { longestLine, labeledLines, readLines } from './lines.ts'
import { encode } from '../../prepare/encode.ts'
import { prepareData, type Prepared } from '../../prepare/prepare-data.ts'

let folder: string
let count = 0
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'descent-text-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const prepared = async (...[at, receipt, recipe]: Parameters<typeof text.read>): Promise<Prepared> =>
  prepareData(await text.read(at, receipt, recipe), recipe)
const vocabularyOf = ({ columns }: Prepared['preparation']) => columns[0]?.encoder.vocabulary as string[]
const place = () => ({ folder: join(folder, `kept${count++}`), id: 'd' })
const fresh = () => join(folder, `data${count++}`)
const bytes = (content: string) => new Uint8Array(Buffer.from(content))

async function imported(files: Readonly<Record<string, Uint8Array | string>>) {
  const path = writeFiles(fresh(), files)
  expect(await recognize(path)).toBe('text')
  return await text.import({ path }, place(), plainContext)
}

const refusal = (files: Readonly<Record<string, Uint8Array | string>>): Promise<string> =>
  imported(files).then(
    () => 'accepted',
    (error: unknown) => (error instanceof DescentError ? error.message : Promise.reject(error as Error)),
  )

test('train and test files become classes, words and numbers', async () => {
  const path = writeQuestions(fresh())
  const at = place()
  const { receipt, columns, rows, recipe } = await text.import({ path }, at, plainContext)
  expect(rows).toBe(114)
  expect(receipt).toMatchObject({ kind: 'text', rowsRejected: 0, encoding: 'UTF-8' })
  text.validate(recipe, { columns, receipt })
  const { preparation, split, data } = await prepared(at, receipt, recipe)
  expect([split.train.length, split.validation.length, split.test.length]).toEqual([81, 9, 24])
  expect(preparation.target).toMatchObject({ classes: ['HOW', 'WHERE', 'WHO'] })
  expect(vocabularyOf(preparation).slice(0, 2)).toEqual(['<unk>', '<pad>'])
  expect(vocabularyOf(preparation)).toContain('?')
  expect(data.inputs['tokens.text']?.length).toBe(114 * 50)
  const summary = (await prepared(at, receipt, recipe)).summary(recipe)
  expect(summary.classCounts?.test).toEqual([8, 8, 8])
})

test('the rows behind a finding are texts, in the order that they are asked for', async () => {
  const path = writeFiles(fresh(), { 'train.txt': 'b two dogs\na one cat\nb three Birds\na four mice\n' })
  const at = place()
  const dataset = await text.import({ path }, at, plainContext)
  const behind = (wanted: Partial<RowsWanted>) =>
    textsBehind(at, dataset, ['text', 'label'], { where: [], offset: 0, limit: 10, ...wanted }, plainContext)
  expect(await behind({ where: [{ is: 'rows', rows: [2, 0, 99] }] })).toEqual({
    columns: ['text', 'label'],
    rows: [
      ['three Birds', 'b'],
      ['two dogs', 'b'],
    ],
    offset: 0,
    total: 2,
    numbers: [2, 0],
  })
  expect((await behind({ search: 'bird' })).numbers).toEqual([2])
  expect((await behind({ where: [{ is: 'among', column: 'label', values: ['a'] }] })).numbers).toEqual([1, 3])
  expect((await behind({ sort: { column: 'text', descending: true } })).numbers).toEqual([0, 2, 1, 3])
})

test('the vocabulary knows the training split alone', async () => {
  const only = `${questions(90)}WHO zebra who ?\n`
  const path = writeFiles(fresh(), { 'train.txt': only, 'test.txt': 'WHO who is quokka ?\nHOW how many ?\n' })
  const at = place()
  const { receipt, recipe } = await text.import({ path }, at, plainContext)
  const seen = new Set<boolean>()
  for (let seed = 0; seed < 30 && seen.size < 2; seed++) {
    const seeded: TextRecipe = { ...recipe, split: begin(splits, 'given', { seed }) }
    const { preparation, split } = await prepared(at, receipt, seeded)
    const trained = split.train.includes(90)
    seen.add(trained)
    expect(vocabularyOf(preparation).includes('zebra')).toBe(trained)
    expect(vocabularyOf(preparation)).not.toContain('quokka')
  }
  expect(seen.size).toBe(2)
})

test('what is rare, unknown, too long or too short has its number', () => {
  const encoder = {
    encoder: 'words' as const,
    tokenizer: 'basicEnglish',
    vocabulary: ['<unk>', '<pad>', 'a', 'b'],
    maxTokens: 3,
  }
  const preparation: Prepared['preparation'] = {
    version: 4,
    task: 'classification',
    columns: [{ name: 'text', kind: 'text', steps: [], encoder }],
    target: { kind: 'classes', name: 'label', classes: ['x', 'y'] },
    classWeights: null,
    weight: null,
    trainRows: 1,
  }
  const encoded = (...values: string[]) =>
    encode({ rows: values.length, columns: [{ kind: 'text', name: 'text', values }] }, preparation)
  const { inputs, notes } = encoded('a b', 'B a b a', 'c')
  expect([...(inputs['tokens.text'] ?? [])]).toEqual([2, 3, 1, 3, 2, 3, 0, 1, 1])
  expect(notes).toEqual(['1 text is longer than 3 words and loses its end.'])
  expect(encoded('a c c').notes).toEqual(['66.7\u00a0% of the words were not in the training data.'])
})

test('lines that are not “label text” are told with their number, and the others kept', () => {
  const huge = 'x'.repeat(longestLine + 1)
  const file = `a first\n\n b no label\nlonely\nb\tsecond\r\na ${huge}\na third`
  const { labels, texts, rejected, rowsRejected } = labeledLines(
    readLines(bytes(file), 'f.txt', startLimits),
    'f.txt',
    null,
  )
  expect(labels).toEqual(['a', 'b', 'a'])
  expect(texts).toEqual(['first', 'second', 'third'])
  expect(rowsRejected).toBe(4)
  expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([
    [2, 'empty line'],
    [3, 'no label at its beginning'],
    [4, 'no text after the label'],
    [6, 'longer than 100,000 characters'],
  ])
  expect(rejected[3]?.text.length).toBe(200)
})

test('encodings are found, not assumed', () => {
  const line = 'a où est Besançon ?'
  const read = (buffer: Uint8Array) => {
    const { lines, encoding } = readLines(buffer, 'f.txt', startLimits)
    return [lines[0]?.text, encoding]
  }
  expect(read(bytes(line))).toEqual([line, 'UTF-8'])
  expect(read(bytes(`\ufeff${line}`))).toEqual([line, 'UTF-8'])
  expect(read(new Uint8Array(Buffer.from(line, 'latin1')))).toEqual([line, 'Windows-1252'])
  expect(read(new Uint8Array(Buffer.from(line, 'utf16le')))).toEqual([line, 'UTF-16LE'])
})

test('a file may be compressed, in several members', async () => {
  const [half, other] = [questions(30), questions(60).slice(questions(30).length)]
  const path = join(folder, 'packed')
  mkdirSync(path)
  writeFileSync(join(path, 'train.txt.gz'), Buffer.concat([gzipSync(half), gzipSync(other)]))
  expect((await text.import({ path }, place(), plainContext)).rows).toBe(60)
})

test('what was left out and how the file was read is in the receipt', async () => {
  const odd = new Uint8Array(
    Buffer.concat([Buffer.from(questions(60)), Buffer.from('WHO caf\xe9 ?\nlonely\n', 'latin1')]),
  )
  const { receipt, rows } = await imported({ 'my-train.txt': odd })
  expect(rows).toBe(61)
  expect(receipt.rowsRejected).toBe(1)
  expect(receipt.notes.join(' ')).toMatch(
    /not UTF-8 and was read as Windows-1252.*1 line was left out.*line 62/,
  )
})

test('labels of several words, quoted texts and lone carriage returns are read, and read again as the receipt says', async () => {
  const review = (i: number) => `this film of ${i % 7} hours, really`
  const write = (line: (label: string, text: string) => string, end = '\n') =>
    Array.from({ length: 60 }, (_, i) => line(i % 3 === 0 ? 'very bad' : 'good', review(i))).join(end)
  const cases = [
    [write((label, text) => `${label}\t${text}`), '\t'],
    [`label,text\n${write((label, text) => `"${label}","${text}"`)}`, ','],
    [write((label, text) => `${label.replace(' ', '_')} ${text}`, '\r'), ' '],
  ] as const
  for (const [content, delimiter] of cases) {
    const at = place()
    const path = writeFiles(fresh(), { 'train.txt': content })
    const { receipt, recipe, rows } = await text.import({ path }, at, plainContext)
    expect([rows, receipt.delimiter]).toEqual([60, delimiter])
    const again = await text.read(at, receipt, recipe)
    const labels = again.columns[1]
    expect(labels?.kind === 'category' && labels.categories.map((name) => name.replace('_', ' '))).toEqual([
      'very bad',
      'good',
    ])
    const texts = again.columns[0]
    expect(texts?.kind === 'text' && texts.values[8]).toBe(review(8))
  }
})

test('a stray quote takes no other lines with it, and data stay as an earlier version joined them', async () => {
  const odd = new Map([
    [10, 'The 15" screen is great'],
    [90, 'Got a 13" one, it broke'],
  ])
  const at = place()
  const path = writeFiles(fresh(), {
    'train.csv': `label,text\n${Array.from({ length: 200 }, (_, i) => `${i % 2 ? 'pos' : 'neg'},${odd.get(i) ?? `plain review number ${i}`}`).join('\n')}`,
  })
  const { receipt, recipe, rows } = await text.import({ path }, at, plainContext)
  expect([rows, receipt.rowsRejected]).toEqual([200, 0])
  expect((await text.read(at, receipt, recipe)).rows).toBe(200)
  const before = { ...receipt, texts: { last: false, keys: null } }
  expect((await text.read(at, before, recipe)).rows).toBe(120)
})

test('what was imported before labels had a style is read as it was then', async () => {
  const at = place()
  const path = writeFiles(fresh(), {
    'train.txt': `${questions(90)}the who of it\nwho is the one\nis the who\n`,
  })
  const { receipt, recipe } = await text.import({ path }, at, plainContext)
  expect(receipt.delimiter).toBe(' ')
  const before = { ...receipt, delimiter: null }
  const labels = (await text.read(at, before, recipe)).columns[1]
  expect(labels?.kind === 'category' && labels.categories).toContain('the')
  // Lone carriage returns ended no lines.
  const old = labeledLines(
    readLines(bytes('pos good\rneg bad\r'), 'f.txt', startLimits, false),
    'f.txt',
    null,
  )
  expect(old.texts).toEqual(['good\rneg bad'])
})

test('classes and lines that nothing can be learned from are told', async () => {
  const film = (i: number) => `the film has a plot an actor and scene ${i}`
  const train = Array.from({ length: 120 }, (_, i) => `${i % 2 ? 'pos' : 'neg'} ${film(i)}`)
  train.splice(50, 0, 'scene of the film', 'actor in the film', 'plot of the film')
  const { receipt, rows } = await imported({
    'train.txt': train.join('\n'),
    'test.txt': 'pos fine\nneg no\nmeh so so\nmeh well\n',
  })
  expect(rows).toBe(124)
  expect(receipt.notes.join(' ')).toMatch(/class “meh” \(2 texts\) is in the test files only/)
  expect(receipt.rejected.map(({ line, reason }) => `${line} ${reason}`)).toContain(
    '51 train.txt: no label: “scene” is a word of the texts',
  )
})

test('every bad folder has its sentence', async () => {
  const good = questions(30)
  const cases: [Readonly<Record<string, Uint8Array | string>>, RegExp][] = [
    [{ 'train.txt': '' }, /train\.txt is empty/],
    [{ 'train.txt': '\n\n\n' }, /no line of the form “label text”/],
    [{ 'train.txt': 'one\ntwo\n' }, /no line of the form “label text”.*“one”/],
    [{ 'train.txt': 'a x\na y\na z\n' }, /one class only/],
    [{ 'train.txt': good, 'train-more.txt': good }, /2 files that could be the training text/],
    [{ 'train.txt': good, 'test.1': good, 'test.2': good }, /2 files that could be the test text/],
    [
      { 'train.txt': Array.from({ length: 60 }, (_, i) => `word${i} and so on`).join('\n') },
      /begin with 60 different words/,
    ],
    [{ 'train.txt': new Uint8Array([...gzipSync(good)].slice(0, 60)) }, /damaged or cut off/],
    [
      { 'train.txt': new Uint8Array(Buffer.from('89504e470d0a1a0a', 'hex')) },
      /PNG image; choose a text file/,
    ],
  ]
  for (const [files, sentence] of cases) expect(await refusal(files)).toMatch(sentence)
})

test('a single file is text when a network for text is asked for', async () => {
  const path = join(writeFiles(fresh(), { 'questions.txt': questions(60) }), 'questions.txt')
  expect(await recognize(path)).toBe('table')
  expect(await recognize(path, 'text')).toBe('text')
  const { recipe, receipt } = await text.import({ path }, place(), plainContext)
  expect(recipe.split).toMatchObject({ method: 'random', test: 0.15 })
  expect(receipt.fileName).toBe('questions.txt')
})

test('filters wider than the texts are refused in the recipe', async () => {
  const { recipe } = await imported({ 'train.txt': questions(30) })
  const narrow = {
    ...recipe,
    prepare: recipe.prepare.map((group) => ({ ...group, encoder: { ...group.encoder, maxTokens: 4 } })),
  }
  expect(recipeSchema.safeParse(narrow).error?.issues[0]?.message).toContain('covers more words')
})

test('labeled texts come as CSV, as objects of JSON, with the label last, or in a file each', async () => {
  const said = (i: number) => `the film has a plot, an actor and scene ${i}`
  const label = (i: number) => (i % 2 === 0 ? 'good' : 'very bad')
  const lines = (rows: number, line: (i: number) => string) =>
    Array.from({ length: rows }, (_, i) => line(i)).join('\n')
  const read = async (files: Readonly<Record<string, string>>) => {
    const path = writeFiles(fresh(), files)
    expect(await recognize(path)).toBe('text')
    const at = place()
    const { receipt, recipe, columns } = await text.import({ path }, at, plainContext)
    text.validate(recipe, { columns, receipt })
    const frame = await text.read(at, receipt, recipe)
    const [texts, labels] = frame.columns
    if (texts?.kind !== 'text' || labels?.kind !== 'category')
      throw new Error('Texts have a text and a label.')
    return { receipt, notes: receipt.notes.join(' '), texts: texts.values, classes: labels.categories, frame }
  }
  const news = (i: number) =>
    `"${(i % 4) + 1}","Title ${i}, short","A ""story"" of ${i}\nin two lines, ${said(i)}"`
  const agNews = await read({
    'train.csv': lines(60, news),
    'test.csv': lines(8, news),
    'classes.txt': 'World\nSports\n',
  })
  expect(agNews.classes).toEqual(['1', '2', '3', '4'])
  expect(agNews.texts[1]).toBe(`Title 1, short A "story" of 1\nin two lines, ${said(1)}`)
  expect(agNews.frame).toMatchObject({ rows: 68, trainRows: 60 })

  const csv = await read({ 'train.csv': `text,label\n${lines(60, (i) => `"${said(i)}",${label(i)}`)}` })
  expect(csv.classes).toEqual(['good', 'very bad'])
  expect(csv.texts[3]).toBe(said(3))
  expect(csv.notes).toContain('Labels stand at the end of lines, behind a comma')
  expect(csv.notes).toContain('The first line names the columns.')

  const json = await read({
    'train.jsonl': lines(60, (i) => JSON.stringify({ text: said(i), label: label(i) })),
  })
  expect([json.classes, json.texts[3]]).toEqual([['good', 'very bad'], said(3)])
  expect(json.notes).toContain('“label” is the label, “text” the text')

  const last = await read({ 'train.txt': lines(60, (i) => `${said(i)}\t${label(i)}`) })
  expect([last.classes, last.texts[3]]).toEqual([['good', 'very bad'], said(3)])

  const each = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [
      `train/${i % 2 ? 'neg' : 'pos'}/${i}.txt`,
      `${said(i)}\nin two lines`,
    ]),
  )
  const files = await read({
    ...each,
    'test/pos/1.txt': 'fine',
    'test/neg/1.txt': '',
    'train/unsup/1.txt': 'x',
  })
  expect(files.classes).toEqual(['neg', 'pos'])
  expect(files.frame).toMatchObject({ rows: 13, trainRows: 12 })
  expect(files.texts[0]).toBe(`${said(1)}\nin two lines`)
  expect(files.notes).toContain('Each of 14 files')
  expect(files.notes).toContain('1 file is left out; the first is neg/1.txt (it is empty).')
})

test('of folders of texts nothing is left out untold, and those to validate do', async () => {
  const said = (label: string, count = 6) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${label}/${i}.txt`, `${label} film ${i}`]))
  const read = async (files: Readonly<Record<string, string>>) => {
    const path = writeFiles(fresh(), files)
    expect(await recognize(path)).toBe('text')
    const at = place()
    const { receipt, recipe, rows, columns } = await text.import({ path }, at, plainContext)
    text.validate(recipe, { columns, receipt })
    return { rows, notes: receipt.notes.join(' '), split: (await prepared(at, receipt, recipe)).split }
  }
  const odd = await read({
    ...said('a'),
    ...said('b'),
    ...said('c'),
    'a/picture.png': 'x',
    'b/more/1.txt': 'x',
    'd/table.csv': 'x',
  })
  expect(odd.rows).toBe(18)
  expect(odd.notes).toContain('1 file in a left out, being no text files by name: picture.png.')
  expect(odd.notes).toContain('1 folder in the class folder b left out, with all that is in there: more.')
  expect(odd.notes).toContain('The folder d is left out, for it holds no text files: table.csv.')

  const learned = { ...said('train/a'), ...said('train/b'), ...said('train/unsup') }
  const split = await read({ ...learned, ...said('valid/a', 2), ...said('valid/b', 3), ...said('test/a', 4) })
  expect([split.split.train.length, split.split.validation.length, split.split.test.length]).toEqual([
    12, 5, 4,
  ])
  expect(split.notes).toContain('12 training, 5 validation and 4 test texts, 2 classes.')
  expect(split.notes).toContain('The folder test has no texts of the class b.')
  expect(split.notes).toContain('The folder train/unsup is left out')

  const untested = await read({ ...learned, ...said('val/a', 2), ...said('extra/a') })
  expect(untested.split.test.length).toBe(2)
  expect(untested.notes).toContain('No file has labeled texts to test on')
  expect(untested.notes).toContain('1 folder beside train, val left out: extra.')

  const one = writeFiles(fresh(), { ...said('a'), 'b/1.csv': 'x' })
  await expect(recognize(one)).rejects.toThrow('The folder b is left out, for it holds no text files: 1.csv.')
})

test('long texts in files of their own are kept, cut or left out as is said', async () => {
  const short = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`${i % 2 ? 'neg' : 'pos'}/s${i}.txt`, `film ${i}`]),
  )
  const quotes = '"\\'.repeat(longestLine / 2)
  const path = writeFiles(fresh(), {
    ...short,
    'neg/x.txt': quotes,
    'pos/y.txt': 'b'.repeat(longestLine + 50),
    'pos/z.txt': 'c'.repeat(5 * longestLine),
    'pos/zz.txt': '\u0000\u0001\u0000',
  })
  const at = place()
  const { receipt, recipe, rows } = await text.import({ path }, at, plainContext)
  expect([rows, receipt.rowsRejected]).toEqual([14, 0])
  const texts = (await text.read(at, receipt, recipe)).columns[0]
  expect(texts?.kind === 'text' && texts.values.includes(quotes)).toBe(true)
  const notes = receipt.notes.join(' ')
  expect(notes).toMatch(
    /2 files are left out; the first is pos\/z\.txt \(.*z\.txt has .*at most .*are read\)\./,
  )
  expect(notes).toContain('1 text is cut off behind 100,000 characters; the first is pos/y.txt (100,050).')
  // An earlier version had left the longest line out, and its data have to stay what they were.
  const before = { ...receipt, texts: { last: false, keys: receipt.texts!.keys } }
  expect((await text.read(at, before, recipe)).rows).toBe(12)
})

test('tables of a folder stay tables', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i % 3},${i % 2}`).join('\n')
  expect(await recognize(writeFiles(fresh(), { 'train.csv': `a,b,label\n${rows}` }))).toBe('table')
})

/** What the reader of new texts is told of a model. */
const trained = { preparation: { target: { kind: 'classes', name: 'label', classes: ['neg', 'pos'] } } }

test('new texts are read as those were that the model learned from, or bare', async () => {
  const read = async (style: LabelStyle | undefined, lines: readonly string[]) => {
    const path = join(writeFiles(fresh(), { 'new.txt': lines.join('\n') }), 'new.txt')
    return await text.readNew(
      { path, ...trained, texts: style } as never,
      async ({ frame, names, cells, notes }) => {
        const [column] = frame.columns
        const rows = []
        for await (const row of cells()) rows.push(row)
        return { texts: column?.kind === 'text' ? column.values : [], names, rows, notes: notes.join(' ') }
      },
      plainContext,
    )
  }
  const json = { separator: ' ', header: false, keys: { label: 'mood', text: 'said' } } as const
  const objects = ['{"mood":"neg","said":"a film"}', '{"said":"a plot"}', '{"said":""}']
  const named = await read(json, objects)
  expect(named.texts).toEqual(['a film', 'a plot'])
  expect(named.rows).toEqual([
    ['neg', 'a film'],
    [null, 'a plot'],
  ])
  expect(named.notes).toMatch(/JSON with the text under “said”, as those.*1 line has no text.*line 3/)

  const csv = { separator: ',', header: true, joined: true } as const
  const quoted = await read(csv, ['label,text', 'pos,"two', 'lines"', 'neg,a 15" one'])
  expect(quoted.texts).toEqual(['two\nlines', 'a 15" one'])

  const spaced = { separator: ' ', header: false } as const
  const bare = await read(spaced, ['good film', 'pos nothing else'])
  expect(bare.texts).toEqual(['good film', 'pos nothing else'])
  expect(bare.names).toEqual(['text'])
  expect(bare.notes).toBe(
    'Each line is taken whole, as one text: it is not a label of the model, white space and a text.',
  )
  const most = [...Array.from({ length: 30 }, (_, i) => `pos film ${i}`), 'good film']
  const labeled = await read(spaced, most)
  expect(labeled.texts.slice(29)).toEqual(['film 29', 'good film'])
  expect(labeled.notes).toContain('1 line is not written so, and taken whole; the first is line 31.')
  expect(await read(undefined, objects)).toMatchObject({ texts: objects, notes: '' })
})

test('a folder of texts is predicted, a file each', async () => {
  const path = writeFiles(fresh(), {
    '2.txt': 'second',
    '10.txt': 'tenth\nline',
    'picture.bin': '\u0000\u0001\u0000',
    'long.txt': 'x'.repeat(longestLine + 1),
    'more/1.txt': 'x',
  })
  const rows = await text.readNew(
    { path, ...trained } as never,
    async ({ frame, names, cells, notes }) => {
      const all = []
      for await (const row of cells()) all.push(row)
      return { rows: frame.rows, names, all, notes }
    },
    plainContext,
  )
  expect(rows.names).toEqual(['file', 'text'])
  expect(rows.all).toEqual([
    ['2.txt', 'second'],
    ['10.txt', 'tenth\nline'],
    ['long.txt', 'x'.repeat(longestLine)],
  ])
  expect(rows.notes).toEqual([
    expect.stringContaining('each a text of its own'),
    '1 file is left out; the first is picture.bin (it holds something else than text).',
    '1 text is cut off behind 100,000 characters; the first is long.txt (100,001).',
    '1 folder or link is not looked into; the first is more.',
  ])
})
