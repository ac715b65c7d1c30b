/** What the product writes outside the workspace, where a person's own files are, and what it reads from there. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Cases, type AttackOptions, type Result } from './cases.ts'
import { hashOf, write } from './data.ts'
import {
  cli,
  complaint,
  manifestFile,
  saysNo,
  scratches,
  snapshot,
  standing,
  unsound,
  World,
} from './export-places.ts'
import { Host, randomOf, refusalOf, removeFolder, sleep } from './support.ts'
import { finished, projectWith } from './training.ts'

async function runFolders(cases: Cases, world: World): Promise<void> {
  for (const [name, { make, why }] of Object.entries(standing))
    await cases.run(`descent run --out on ${name}`, async () => {
      const place = world.place()
      const target = join(place, 'target')
      make(target, world)
      const before = snapshot(place)
      const ended = await world.descent(...world.runArgs(2, target))
      return [
        ...saysNo(ended, why),
        ...complaint(!ended.stderr.includes('Imported'), 'it began to work before it refused'),
        ...complaint(ended.stderr.includes('--out'), 'it does not say what to do'),
        ...complaint(snapshot(place) === before, `it changed ${target}`),
      ]
    })
  for (const name of ['our own folder', 'an empty folder', 'our own folder, copied'])
    await cases.run(`descent run --out on ${name}`, async () => {
      const place = world.place()
      const target = join(place, 'target')
      if (name === 'an empty folder') mkdirSync(target)
      else cpSync(world.former, target, { recursive: true })
      const ended = await world.descent(...world.runArgs(2, target))
      return [
        ...complaint(ended.code === 0, `it ended with ${ended.code}: ${ended.stderr}`),
        ...unsound(target),
        ...unsound(join(target, 'model')),
        ...complaint(readdirSync(place).join() === 'target', `it left ${readdirSync(place).join()}`),
      ]
    })
}

async function predictionFiles(cases: Cases, world: World): Promise<void> {
  const outs: Record<string, { make(place: string): string; flags?: string[]; why: RegExp | null }> = {
    'a file that is there': {
      make: (at) => write(join(at, 'thesis.tex'), 'x'),
      why: /already exists.*--overwrite/,
    },
    'a file that may go': {
      make: (at) => write(join(at, 'old.csv'), 'x'),
      flags: ['--overwrite'],
      why: null,
    },
    'a new file in a new folder': { make: (at) => join(at, 'new', 'out.csv'), why: null },
    'the input': {
      make: (at) => join(at, 'asked.csv'),
      flags: ['--overwrite'],
      why: /is the file that is read/,
    },
    'the input by another name': {
      make(at) {
        linkSync(join(at, 'asked.csv'), join(at, 'hard.csv'))
        return join(at, 'hard.csv')
      },
      flags: ['--overwrite'],
      why: /is the file that is read/,
    },
    'a link to the input': {
      make(at) {
        symlinkSync(join(at, 'asked.csv'), join(at, 'soft.csv'))
        return join(at, 'soft.csv')
      },
      flags: ['--overwrite'],
      why: /is the file that is read/,
    },
    'a part of the model': {
      make: (at) => join(at, 'run', 'model', 'model.json'),
      flags: ['--overwrite'],
      why: /is inside the model's folder/,
    },
    'a new file in the model': {
      make: (at) => join(at, 'run', 'model', 'out.csv'),
      why: /is inside the model's/,
    },
    'a folder': { make: (at) => join(at, 'run'), flags: ['--overwrite'], why: /is a folder/ },
    'a device': {
      make(at) {
        symlinkSync('/dev/null', join(at, 'null'))
        return join(at, 'null')
      },
      flags: ['--overwrite'],
      why: /is no ordinary file/,
    },
    'a pipe': {
      make(at) {
        execFileSync('mkfifo', [join(at, 'pipe')])
        return join(at, 'pipe')
      },
      flags: ['--overwrite'],
      why: /is no ordinary file/,
    },
  }
  for (const [name, { make, flags = [], why }] of Object.entries(outs))
    await cases.run(
      `descent predict --out on ${name}${flags.length > 0 ? ' with --overwrite' : ''}`,
      async () => {
        const place = world.place()
        cpSync(world.former, join(place, 'run'), { recursive: true })
        cpSync(world.asked, join(place, 'asked.csv'))
        const out = make(place)
        const before = snapshot(place)
        const model = join(place, 'run', 'model')
        const ended = await world.descent('predict', model, join(place, 'asked.csv'), '--out', out, ...flags)
        if (why !== null)
          return [...saysNo(ended, why), ...complaint(snapshot(place) === before, 'it changed something')]
        return [
          ...complaint(ended.code === 0, `it ended with ${ended.code}: ${ended.stderr}`),
          ...complaint(readFileSync(out, 'utf8') === world.predicted.former, 'the predictions are others'),
          ...complaint(scratches(dirname(out)).length === 0, 'it left temporary files'),
        ]
      },
    )
}

/** Models that lead to something else, or hold it. */
async function oddModels(cases: Cases, world: World): Promise<void> {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const instead = (name: string, make: (path: string) => void) => (model: string) => {
    rmSync(join(model, name), { recursive: true })
    make(join(model, name))
    return model
  }
  const sparse = (path: string) => {
    write(path, '')
    truncateSync(path, 10 * 2 ** 30)
  }
  const changed = (change: (text: string) => string) => (model: string) => {
    const path = join(model, 'model.json')
    write(path, change(readFileSync(path, 'utf8')))
    return model
  }
  const odd: Record<string, [(model: string) => string, RegExp]> = {
    'a pipe as model.json': [
      instead('model.json', (path) => void execFileSync('mkfifo', [path])),
      /is a named pipe/,
    ],
    '/dev/zero as model.json': [
      instead('model.json', (path) => symlinkSync('/dev/zero', path)),
      /is a device/,
    ],
    'a folder as model.json': [instead('model.json', (path) => void mkdirSync(path)), /is a folder/],
    '10 GB of nothing as model.json': [instead('model.json', sparse), /has 10 GB/],
    '10 GB of nothing as weights': [instead('model.safetensors', sparse), /has 10 GB/],
    'a pipe as weights': [
      instead('model.safetensors', (path) => void execFileSync('mkfifo', [path])),
      /named pipe/,
    ],
    'links in a circle': [instead('model.json', (path) => symlinkSync(path, path)), /in a circle/],
    'brackets 100,000 deep': [changed(() => deep), /does not describe a model/],
    'brackets 100,000 deep in a setting': [
      changed((text) => text.replace('"preparation":', `"preparation":${deep},"x":`)),
      /cannot be used/,
    ],
    'a version in words': [
      changed((text) => text.replace(/"formatVersion": \d/, '"formatVersion": "2"')),
      /formatVersion/,
    ],
    'a version of the future': [
      changed((text) => text.replace(/"formatVersion": \d/, '"formatVersion": 99')),
      /Update Descent/,
    ],
    'a network that the weights do not fit': [
      changed((text) => text.replace(/"hidden": \[\s*32\s*\]/, '"hidden": [31]')),
      /its weights do not fit the network/,
    ],
    'half a document': [changed((text) => text.slice(0, text.length / 2)), /not valid JSON/],
    'another program’s document': [changed(() => '{"format":"graph-model"}'), /does not describe a model/],
    'exchanged weights': [
      (model) => {
        cpSync(join(world.next, 'model', 'model.safetensors'), join(model, 'model.safetensors'))
        return model
      },
      /sha256 differs/,
    ],
    'a path of 5,000 characters': [() => `/${'x/'.repeat(2500)}`, /at most 4096/],
    'a name of 300 characters': [() => 'x'.repeat(300), /at most 255/],
    'a file instead of a folder': [(model) => join(model, 'model.json'), /is no folder/],
    'no path at all': [() => '', /The path is empty/],
  }
  for (const [name, [make, sentence]] of Object.entries(odd))
    await cases.run(`descent predict with ${name}`, async () => {
      const model = join(world.place(), 'model')
      cpSync(join(world.former, 'model'), model, { recursive: true })
      const path = make(model)
      const start = performance.now()
      const ended = await world.descent('predict', path, world.asked)
      const seconds = (performance.now() - start) / 1000
      return [
        ...saysNo(ended, sentence),
        ...complaint(seconds < 20, `it took ${seconds.toFixed(0)} s to refuse`),
      ]
    })
  await cases.run('descent predict with a model of version 0.1.0, which has no manifest', async () => {
    const model = join(world.place(), 'model')
    cpSync(join(world.former, 'model'), model, { recursive: true })
    rmSync(join(model, manifestFile))
    const { stdout, stderr } = await world.descent('predict', model, world.asked)
    return complaint(stdout === world.predicted.former, `it predicts something else: ${stderr}`)
  })
}

/** Kills a run that replaces a folder: at any moment, and every other time just when it is about to replace it. */
async function kills(
  cases: Cases,
  world: World,
  { rounds, seed, from }: Required<Pick<AttackOptions, 'rounds' | 'seed' | 'from'>>,
) {
  for (let round = from; round < from + rounds; round++)
    await cases.run(`kill -9 of descent run over a former one, round ${round}`, async () => {
      const random = randomOf(seed, round)
      const place = world.place()
      const target = join(place, 'target')
      cpSync(world.former, target, { recursive: true })
      const child = spawn(process.execPath, [cli, ...world.runArgs(2, target)], {
        cwd: place,
        stdio: 'ignore',
      })
      const ended = once(child, 'exit') as Promise<[number | null, string | null]>
      let over = false
      void ended.then(() => (over = true))
      if (round % 2 === 0) await Promise.race([ended, sleep(random() * 1000 * world.seconds)])
      else {
        const begun = () => scratches(place).some((name) => existsSync(join(place, name, 'new')))
        while (!over && !begun()) await sleep(0)
        const wait = random() * 20
        for (const start = performance.now(); performance.now() - start < wait;);
      }
      child.kill('SIGKILL')
      await ended
      const { stdout, stderr, code } = await world.descent('predict', join(target, 'model'), world.asked)
      const found =
        stdout === world.predicted.former ? 'former' : stdout === world.predicted.next ? 'next' : null
      if (found === null) return [`after the kill it predicts neither (${code}): ${stdout}${stderr}`]
      // The next run finds everything in order, and leaves it so.
      const again = await world.descent(...world.runArgs(2, target))
      return [
        ...complaint(again.code === 0, `the next run is refused: ${again.stderr}`),
        ...unsound(target),
        ...complaint(
          readdirSync(place).join() === 'target',
          `something is left: ${readdirSync(place).join()}`,
        ),
      ]
    })
}

async function exportsOfTheHost(cases: Cases, world: World): Promise<void> {
  const host = await Host.start(join(world.folder, 'workspace'))
  try {
    const project = await projectWith(host, 'table', world.data, 5)
    const { id: runId } = await finished(
      host,
      (await host.call('training.start', { projectId: project.id })).id,
    )
    const { path: ours } = await host.call('deploy.save', { runId, path: join(world.place(), 'ours') })
    for (const [name, { make, why }] of Object.entries(standing))
      await cases.run(`deploy.save on ${name}`, async () => {
        const place = world.place()
        const target = join(place, 'target')
        make(target, world)
        const before = snapshot(target)
        const first = await host.call('deploy.save', { runId, path: target })
        const second = await host.call('deploy.save', { runId, path: target })
        return [
          ...complaint(first.path === `${target}-2`, `it went to ${first.path}`),
          ...complaint(second.path === first.path, `the second went to ${second.path}`),
          ...complaint(
            first.notes.length === 1 && why.test(first.notes[0]!) && first.notes[0]!.includes(first.path),
            `it says ${first.notes.join(' ')}`,
          ),
          ...complaint(snapshot(target) === before, `it changed ${target}`),
          ...unsound(first.path),
          ...complaint(scratches(place).length === 0, 'it left temporary folders'),
        ]
      })
    await cases.run('deploy.save on our own folder', async () => {
      const again = await host.call('deploy.save', { runId, path: ours })
      const around = readdirSync(dirname(ours)).join()
      return [
        ...complaint(
          again.path === ours && again.notes.length === 0,
          `it went to ${again.path}: ${again.notes.join()}`,
        ),
        ...complaint(around === basename(ours), `there is ${around}`),
        ...unsound(ours),
      ]
    })
    await cases.run('deploy.load with paths that no file system can hold', async () => {
      const paths = [`${ours}\0`, 'x'.repeat(5000), `/tmp/${'ä'.repeat(200)}`]
      const refusals = await Promise.all(paths.map((path) => refusalOf(host.call('deploy.load', { path }))))
      return refusals.flatMap((refusal, i) =>
        complaint(refusal?.code === 'badRequest', `path ${i}: ${refusal?.code}: ${refusal?.message}`),
      )
    })
    await cases.run('deploy.predict many times at once', async () => {
      const calls = Array.from({ length: 4 }, () =>
        host.call('deploy.predict', { modelPath: ours, dataPath: world.asked }),
      )
      const paths = (await Promise.all(calls)).map(({ outputPath }) => outputPath)
      return [
        ...complaint(new Set(paths).size === 4, `they share a file: ${paths.join()}`),
        ...complaint(new Set(paths.map(hashOf)).size === 1, 'they differ'),
      ]
    })
    await host.end()
  } finally {
    host.killAll()
  }
}

export async function attackExports(
  options: Pick<AttackOptions, 'rounds' | 'say'> & Partial<AttackOptions>,
): Promise<Result> {
  const { rounds, say, seed = 1, from = 0, only = '' } = options
  const cases = new Cases({ say, only })
  const world = new World()
  try {
    await world.prepare()
    await runFolders(cases, world)
    await predictionFiles(cases, world)
    await oddModels(cases, world)
    await kills(cases, world, { rounds, seed, from })
    await exportsOfTheHost(cases, world)
  } finally {
    removeFolder(world.folder)
  }
  return cases.result()
}
