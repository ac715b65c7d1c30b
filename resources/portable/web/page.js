/** The page of an exported model: a form for one example, files for many, and the model beside it in this browser. */
import * as ort from './ort.wasm.bundle.min.mjs'
import { csvOf, parseCsv } from './csv.js'
import { fitted, pixelsOf } from './picture.js'
import { answersOf, feedsOf } from './reader.js'

const $ = (id) => document.getElementById(id)
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children)
  return element
}

ort.env.wasm.numThreads = 1
ort.env.wasm.wasmPaths = { wasm: new URL('ort-wasm-simd-threaded.wasm', import.meta.url).href }

async function fetched(name) {
  const response = await fetch(new URL(name, import.meta.url))
  if (!response.ok) throw new Error(`${name} is not there (${response.status}).`)
  return response
}

/** Numbers to four digits, shares in percent. */
const numberText = (value) =>
  Math.abs(value) >= 1e7 || (value !== 0 && Math.abs(value) < 1e-4)
    ? value.toExponential(3)
    : new Intl.NumberFormat('en', { maximumSignificantDigits: 5, useGrouping: 'min2' }).format(value)
const shareText = (value) => `${(100 * value).toFixed(value >= 0.9995 || value < 0.0005 ? 2 : 1)} %`

const [about, signature, model] = await Promise.all([
  fetched('about.json').then((one) => one.json()),
  fetched('signature.json').then((one) => one.json()),
  fetched('model.onnx').then((one) => one.arrayBuffer()),
])
  .then(async ([words, inputs, file]) => [
    words,
    inputs,
    await ort.InferenceSession.create(new Uint8Array(file), {
      executionProviders: ['wasm'],
      logSeverityLevel: 3,
    }),
  ])
  .catch((error) => {
    $('name').textContent = 'The model did not load'
    $('failure').textContent =
      `${error.message} Serve this folder by any web server; opened as a file, a browser does not load it.`
    $('failure').hidden = false
    throw error
  })

const isPicture = ({ dtype }) => dtype === 'uint8'
const isText = ({ reading }) => reading?.tokenizer !== undefined
const pictures = signature.inputs.filter(isPicture)
const onlyText = signature.inputs.length === 1 && isText(signature.inputs[0]) ? signature.inputs[0] : null

/** Somebody's expression cuts texts here: of a text that was made for it, it may try more ways than there is time for. */
const hasExpressions = signature.inputs.some(({ reading }) => ['regex', 'file'].includes(reading?.tokenizer))
/** What an honest expression takes milliseconds for. */
const [deadlineSeconds, deadlineCharacters] = [5, 100_000]

/** As feedsOf. Errors: an Error, too, where the texts are not cut in time. */
async function read(rows) {
  if (!hasExpressions) return feedsOf(signature, rows)
  const texts = rows.flatMap((row) => Object.values(row)).filter((value) => typeof value === 'string')
  const characters = texts.reduce((sum, text) => sum + text.length, 0)
  const seconds = deadlineSeconds * Math.max(1, Math.ceil(characters / deadlineCharacters))
  const worker = new Worker(new URL('reading.js', import.meta.url), { type: 'module' })
  const late = `Cutting ${rows.length === 1 ? 'this text' : 'these texts'} into words takes longer than ${seconds} seconds, and was ended: the model’s own expression cuts them. Ask about ${rows.length === 1 ? 'a shorter one' : 'fewer or shorter ones'}.`
  const ended = Promise.withResolvers()
  const timer = setTimeout(() => ended.reject(new Error(late)), 1000 * seconds)
  worker.onmessage = ({ data }) =>
    data.why === undefined ? ended.resolve(data.read) : ended.reject(new Error(data.why))
  worker.onerror = ({ message }) => ended.reject(new Error(message || 'reading.js did not load.'))
  worker.postMessage({ signature, rows })
  try {
    return await ended.promise
  } finally {
    clearTimeout(timer)
    worker.terminate()
  }
}

/** At most so many rows at once: a browser's memory is small. */
const perRun = 256
/** Runs wait for each other: a session does one thing at a time. */
let running = Promise.resolve()

async function predict(rows, tell = () => {}) {
  const { feeds, unread } = await read(rows)
  const answers = []
  for (let from = 0; from < rows.length; from += perRun) {
    const count = Math.min(perRun, rows.length - from)
    const tensors = Object.create(null)
    for (const [name, { dtype, shape, data }] of Object.entries(feeds)) {
      const size = shape.slice(1).reduce((product, extent) => product * extent, 1)
      tensors[name] = new ort.Tensor(dtype, data.slice(from * size, (from + count) * size), [
        count,
        ...shape.slice(1),
      ])
    }
    const run = running.then(() => model.run(tensors))
    running = run.catch(() => {})
    const results = await run
    const outputs = Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]))
    answers.push(...answersOf(signature, outputs, count))
    tell(from + count)
    // So that the page can be drawn and used meanwhile.
    await new Promise((resolve) => setTimeout(resolve))
  }
  return { answers, unread }
}
// For whoever tests the page.
globalThis.predict = predict

const exampleOf = (name) => (Object.hasOwn(about.example, name) ? about.example[name] : null)
const pixels = new Map()

/** The last day of 2024 by a format of C's `strptime`. */
const dayParts = { Y: '2024', y: '24', m: '12', d: '31', b: 'Dec', B: 'December', H: '14', I: '02', M: '30', S: '00', p: 'PM', f: '0', j: '366', a: 'Tue', A: 'Tuesday', '%': '%' } // prettier-ignore
const dayText = (format) => format.replaceAll(/%-?([a-zA-Z%])/g, (all, letter) => dayParts[letter] ?? all)

function hintOf({ reading = {}, range, computed }) {
  const said = []
  if (range) said.push(`${numberText(range[0])} to ${numberText(range[1])} in training`)
  if (reading.parser === 'dates') said.push(`such as ${reading.formats.map(dayText).join(' or ')}`)
  if (reading.parser === 'times') said.push('such as 14:30')
  if (reading.unit) said.push(`in ${reading.unit}`)
  // Last: an expression has commas of its own.
  if (computed) said.push(`computed as ${computed}`)
  return said.join(', ')
}

function pictureField(input, id) {
  const hint = make('p', {}, make('label', { htmlFor: id }, `${input.name}: choose or drop a picture`))
  const file = make('input', { type: 'file', id, accept: 'image/*' })
  const [channels, height, width] = input.shape.slice(1)
  const canvas = make('canvas', { width, height, hidden: true })
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', 'What the model sees')
  const drop = make('div', { className: 'drop' }, hint, file, canvas)
  const take = (given) =>
    guarded($('answer'), async () => {
      const bytes = fitted(
        await pixelsOf(given, input.picture?.background),
        input.shape.slice(1),
        input.picture,
      )
      pixels.set(input.name, bytes)
      const shown = new ImageData(width, height)
      for (let i = 0; i < width * height; i++)
        for (let c = 0; c < 4; c++)
          shown.data[4 * i + c] = c === 3 ? 255 : bytes[channels === 1 ? i : c * width * height + i]
      canvas.getContext('2d').putImageData(shown, 0, 0)
      canvas.style.width = `${Math.max(128, width)}px`
      canvas.hidden = false
      await ask()
    })
  file.addEventListener('change', () => file.files[0] && take(file.files[0]))
  takesDrops(drop, take)
  return make('div', { className: 'field broad' }, drop)
}

function field(input, i) {
  const id = `input-${i}`
  if (isPicture(input)) return pictureField(input, id)
  const { name, levels = [] } = input
  const label = make('label', { htmlFor: id, dir: 'auto' }, name)
  const hint = hintOf(input)
  const control = isText(input)
    ? make('textarea', { id, spellcheck: false })
    : levels.length > 0 && levels.length <= 30
      ? make(
          'select',
          { id },
          make('option', { value: '' }, 'not known'),
          ...levels.map((level) => make('option', { value: level }, level)),
        )
      : make('input', { id, type: 'text', autocomplete: 'off', spellcheck: false, placeholder: 'not known' })
  const parts = [label, control]
  if (levels.length > 30) {
    control.setAttribute('list', `${id}-levels`)
    parts.push(
      make('datalist', { id: `${id}-levels` }, ...levels.map((level) => make('option', { value: level }))),
    )
  }
  if (input.dtype.startsWith('float') && !input.reading?.parser?.startsWith('date'))
    control.inputMode = 'decimal'
  if (hint !== '') {
    control.setAttribute('aria-describedby', `${id}-hint`)
    parts.push(make('p', { id: `${id}-hint`, className: 'hint' }, hint))
  }
  control.dataset.name = name
  return make('div', { className: isText(input) ? 'field broad' : 'field' }, ...parts)
}

function takesDrops(element, take) {
  element.addEventListener('dragover', (event) => {
    event.preventDefault()
    element.classList.add('over')
  })
  element.addEventListener('dragleave', () => element.classList.remove('over'))
  element.addEventListener('drop', (event) => {
    event.preventDefault()
    element.classList.remove('over')
    const [file] = event.dataTransfer.files
    if (file) take(file)
  })
}

async function guarded(place, work) {
  try {
    await work()
  } catch (error) {
    place.replaceChildren(make('p', { className: 'problem' }, error.message))
  }
}

const controls = () => [...$('fields').querySelectorAll('[data-name]')]

function formRow() {
  for (const { name } of pictures)
    if (!pixels.has(name)) throw new Error(`Choose a picture for ${name} first.`)
  return Object.fromEntries([
    ...controls().map((control) => [control.dataset.name, control.value]),
    ...pictures.map(({ name }) => [name, pixels.get(name)]),
  ])
}

/** The answers of a row, each with a bar where it is a share. */
function answerParts(said) {
  const shares = Object.entries(said).filter(([name]) => name.startsWith('probability_'))
  const others = Object.entries(said).filter(([name]) => !name.startsWith('probability_'))
  const parts = others.flatMap(([name, value]) => [
    ...(others.length > 1 ? [make('p', { className: 'faint' }, name.replace(/^prediction_/, ''))] : []),
    make(
      'p',
      { className: 'said', dir: 'auto' },
      typeof value === 'number' ? numberText(value) : value === '' ? 'none' : value,
    ),
  ])
  const sorted = shares.toSorted((one, other) => other[1] - one[1])
  for (const [name, share] of sorted.slice(0, 12)) {
    const bar = make('i')
    bar.style.width = `${Math.max(0, Math.min(100, 100 * share))}%`
    parts.push(
      make(
        'div',
        { className: name === sorted[0][0] ? 'share most' : 'share' },
        make('span', { dir: 'auto' }, name.slice('probability_'.length)),
        make('span', {}, shareText(share)),
        make('div', { className: 'track' }, bar),
      ),
    )
  }
  if (sorted.length > 12)
    parts.push(make('p', { className: 'note' }, `and ${sorted.length - 12} more, each less likely`))
  return parts
}

const outsideOf = (row) =>
  signature.inputs.flatMap(({ name, range, reading, dtype }) => {
    if (!range || !dtype.startsWith('float') || row[name] === '') return []
    const value = feedsOf({ inputs: [{ name, dtype: 'float64', shape: ['N', 1], reading }], outputs: [] }, [
      { [name]: row[name] },
    ]).feeds[name].data[0]
    return value < range[0] || value > range[1]
      ? [`${name} is outside of what training saw (${numberText(range[0])} to ${numberText(range[1])}).`]
      : []
  })

const ask = () =>
  guarded($('answer'), async () => {
    const row = formRow()
    const { answers, unread } = await predict([row])
    const notes = [
      ...unread.map(({ name, text }) => `“${text}” was not understood for ${name}, and counts as not known.`),
      ...outsideOf(row),
    ]
    $('answer').replaceChildren(
      ...answerParts(answers[0]),
      ...notes.map((note) => make('p', { className: 'note' }, note)),
    )
  })

/** A table with its rows, of a file. */
async function rowsOf(file) {
  if (pictures.length === 1 && signature.inputs.length === 1) {
    const [input] = pictures
    const bytes = fitted(await pixelsOf(file, input.picture?.background), input.shape.slice(1), input.picture)
    return { head: ['file'], cells: [[file.name]], rows: [{ [input.name]: bytes }] }
  }
  if (pictures.length > 0)
    throw new Error('This model takes pictures beside other columns: ask it one example at a time.')
  const text = await file.text()
  if (onlyText) {
    const lines = text
      .replace(/^\ufeff/, '')
      .split(/\r\n|\r|\n/)
      .filter((line) => line.trim() !== '')
    return {
      head: [onlyText.name],
      cells: lines.map((line) => [line]),
      rows: lines.map((line) => ({ [onlyText.name]: line })),
    }
  }
  const [head, ...cells] = parseCsv(text)
  if (head === undefined) throw new Error(`${file.name} is empty.`)
  const names = head.map((name) => name.trim())
  const absent = signature.inputs.filter(({ name }) => !names.includes(name)).map(({ name }) => name)
  if (absent.length > 0)
    throw new Error(
      `${file.name} lacks ${absent.slice(0, 10).join(', ')}${absent.length > 10 ? ', …' : ''}, which the model needs. Its first line must name the columns.`,
    )
  return {
    head: names,
    cells,
    rows: cells.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))),
  }
}

const shownRows = 200
async function takeFile(file) {
  $('rows').replaceChildren()
  await guarded($('batch'), async () => {
    const { head, cells, rows } = await rowsOf(file)
    if (rows.length === 0) throw new Error(`${file.name} has no rows.`)
    const started = performance.now()
    const { answers, unread } = await predict(rows, (done) => {
      $('batch').textContent = `${done.toLocaleString('en')} of ${rows.length.toLocaleString('en')} rows…`
    })
    const seconds = (performance.now() - started) / 1000
    const added = Object.keys(answers[0])
    const all = [
      [...head, ...added],
      ...cells.map((row, i) => [
        ...head.map((_, k) => row[k] ?? ''),
        ...added.map((name) => answers[i][name]),
      ]),
    ]
    const url = URL.createObjectURL(new Blob([csvOf(all)], { type: 'text/csv' }))
    const link = make(
      'a',
      { href: url, download: `${file.name.replace(/\.[^.]*$/, '')}-predictions.csv` },
      'Download the predictions (CSV)',
    )
    const odd =
      unread.length === 0
        ? []
        : [
            make(
              'p',
              { className: 'note' },
              `${unread.length.toLocaleString('en')} cells were not understood, and count as not known; the first is “${unread[0].text}” of ${unread[0].name} in row ${unread[0].row + 1}.`,
            ),
          ]
    $('batch').replaceChildren(
      make(
        'p',
        {},
        `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'} of ${file.name} in ${seconds.toFixed(1)} s. `,
        link,
      ),
      ...odd,
    )
    const cell = (value) =>
      make(
        'td',
        typeof value === 'number' ? { className: 'number' } : { dir: 'auto', title: String(value) },
        typeof value === 'number' ? numberText(value) : String(value),
      )
    const shown = all
      .slice(1, 1 + shownRows)
      .map((row) => [...row.slice(head.length), ...row.slice(0, head.length)])
    const heads = [...added, ...head].map((name) => make('th', { scope: 'col', title: name }, name))
    const table = make(
      'table',
      {},
      make('thead', {}, make('tr', {}, ...heads)),
      make('tbody', {}, ...shown.map((row) => make('tr', {}, ...row.map(cell)))),
    )
    const scroller = make('div', { className: 'scroller', tabIndex: 0 }, table)
    scroller.setAttribute('role', 'region')
    scroller.setAttribute('aria-label', 'Predictions')
    $('rows').replaceChildren(
      scroller,
      ...(rows.length > shownRows
        ? [make('p', { className: 'note' }, `The first ${shownRows} rows; the file has all of them.`)]
        : []),
    )
  })
}

document.title = about.name
$('name').textContent = about.name
$('about').textContent = about.about
$('proof').textContent = about.proof
$('fields').replaceChildren(...signature.inputs.map(field))
$('file').accept = pictures.length > 0 ? 'image/*' : onlyText ? '.txt,text/plain' : '.csv,.tsv,.txt,text/csv'
$('file-hint').textContent =
  pictures.length > 0
    ? 'Choose or drop a picture file'
    : onlyText
      ? 'Choose or drop a text file: each line is one text'
      : 'Choose or drop a CSV file: its first line names the columns'
// A form of pictures alone is asked by the picture, and has nothing to fill in.
$('form').querySelector('.actions').hidden = pictures.length === signature.inputs.length
$('many').closest('section').hidden = pictures.length > 0
$('form').addEventListener('submit', (event) => {
  event.preventDefault()
  void ask()
})
$('example').addEventListener('click', () => {
  for (const control of controls()) {
    const value = exampleOf(control.dataset.name) ?? ''
    const { reading } = signature.inputs.find(({ name }) => name === control.dataset.name)
    // Spelled as the column has it.
    control.value = typeof value === 'number' ? String(value).replace('.', reading?.decimal ?? '.') : value
  }
})
$('file').addEventListener('change', () => $('file').files[0] && takeFile($('file').files[0]))
takesDrops($('drop'), takeFile)
$('parts').hidden = false
