/** What a PyTorch project brings for clusters is what bash, Slurm's commands and Kubernetes take. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const folder = join(import.meta.dirname, 'pytorch')

const hasBash = spawnSync('bash', ['-c', 'true']).status === 0

test.skipIf(!hasBash)(
  hasBash ? 'Slurm starts torchrun on each node, which meet at the first' : 'not run: there is no bash',
  () => {
    const programs = mkdtempSync(join(tmpdir(), 'descent-slurm-'))
    try {
      const program = (name: string, body: string): void => {
        writeFileSync(join(programs, name), `#!/bin/bash\n${body}\n`)
        chmodSync(join(programs, name), 0o755)
      }
      program('scontrol', `[ "$*" = "show hostnames node[7-8]" ] && printf 'node7\\nnode8\\n'`)
      program('srun', `printf '%s\\n' "$@"`)
      const script = join(folder, 'slurm.sh')
      const PATH = `${programs}:${process.env.PATH}`
      const job = { SLURM_JOB_NODELIST: 'node[7-8]', SLURM_JOB_NUM_NODES: '2', SLURM_GPUS_ON_NODE: '4', SLURM_JOB_ID: '17' } // prettier-ignore
      const run = (env: Record<string, string>) =>
        spawnSync('bash', [script, '--epochs', '5'], { encoding: 'utf8', env: { PATH, ...env } })
      const { status, stdout, stderr } = run(job)
      expect([status, stderr]).toEqual([0, ''])
      expect(stdout.trim().split('\n')).toEqual([
        'torchrun',
        '--nnodes=2',
        '--nproc_per_node=4',
        '--rdzv_id=17',
        '--rdzv_backend=c10d',
        '--rdzv_endpoint=node7:29500',
        'train.py',
        '--epochs',
        '5',
      ])
      // Outside of a job nothing is started.
      expect(run({})).toMatchObject({ stdout: '', stderr: expect.stringContaining('SLURM_JOB_NODELIST') })
      const asked = readFileSync(script, 'utf8').match(/^#SBATCH .*$/gm) ?? []
      for (const line of asked) expect(line).toMatch(/^#SBATCH --[a-z-]+=[\w:%.-]+$/)
      expect(asked).toContain('#SBATCH --ntasks-per-node=1')
    } finally {
      rmSync(programs, { recursive: true, force: true })
    }
  },
)

test('the training operator of Kubernetes is given a master and workers that are alike', () => {
  interface Replica {
    replicas: number
    restartPolicy: string
    template: { spec: { containers: { name: string; command: string[]; workingDir: string; volumeMounts: { name: string; mountPath: string }[] }[]; volumes: { name: string }[] } } // prettier-ignore
  }
  const job = parse(readFileSync(join(folder, 'pytorchjob.yaml'), 'utf8')) as {
    apiVersion: string
    kind: string
    metadata: { name: string }
    spec: { nprocPerNode: unknown; pytorchReplicaSpecs: { Master: Replica; Worker: Replica } }
  }
  expect(job).toMatchObject({ apiVersion: 'kubeflow.org/v1', kind: 'PyTorchJob' })
  expect(job.metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  // The operator takes a text here: also “auto” and “gpu”.
  expect(job.spec.nprocPerNode).toBe('1')
  const { Master, Worker } = job.spec.pytorchReplicaSpecs
  expect(Master.replicas).toBe(1)
  expect(Worker.template).toEqual(Master.template)
  const { containers, volumes } = Master.template.spec
  // By this name the operator finds the container that it gives the addresses of all others.
  const [container] = containers
  expect(container).toMatchObject({ name: 'pytorch', command: ['torchrun', 'train.py'] })
  expect(container!.volumeMounts).toEqual([{ name: volumes[0]!.name, mountPath: container!.workingDir }])
})
