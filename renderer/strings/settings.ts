/** The settings of the app and of this computer. */
import { formatCount, plural } from '../lib/format.ts'

export const settings = {
  title: 'Settings',
  about: 'A change is saved at once.',
  saved: (setting: string) => `Saved: ${setting}.`,
  back: 'Back',
  loading: 'Loading settings…',
  workspace: 'Workspace',
  space: {
    title: 'Space',
    note: (free: string, total: string) => `${free} of ${total} free on the disk`,
    loading: 'Looking at what is kept…',
    table: 'What projects take',
    runs: {
      title: 'Largest runs',
      table: 'What runs take',
      columns: { run: 'Run', best: 'Best epoch', last: 'Last checkpoint' },
      more: (runs: number) => `${plural(runs, 'more run')} take less than these.`,
      action: 'Free',
      busy: 'in use',
      busyWhy: 'It trains, is paused or can be resumed: its last checkpoint stays.',
      trim: (bytes: string) => `Free ${bytes}…`,
      trimOf: (run: string, bytes: string) => `Free ${bytes} of ${run}…`,
      confirm: (run: string) => `Delete the last checkpoint of “${run}”?`,
      confirmText: (bytes: string) =>
        `${bytes} become free. Its best epoch stays: it is evaluated, saved and gone on from as before. Going on from the last epoch is not possible any more.`,
      button: 'Delete it',
      freed: (run: string, bytes: string, packed: boolean) =>
        `Deleted the last checkpoint of “${run}”: ${bytes} are free${packed ? '' : ' for what comes; the file keeps its size'}.`,
    },
    project: 'Project',
    columns: {
      runs: 'Runs',
      data: 'Data',
      best: 'Best epochs',
      last: 'Last checkpoints',
    },
    sum: 'Together',
    none: 'There is no project yet.',
    beside: (models: string, database: string, backups: string, logs: string) =>
      `Beside these: ${models} of saved models, ${database} of projects, settings and curves, ${backups} of backups, ${logs} of log.`,
    weights: (file: string, free: string) =>
      `The file of weights has ${file}, of which ${free} are free for what comes.`,
    trim: (bytes: string) => `Delete last checkpoints (${bytes})…`,
    nothing: 'No run that has ended has a last checkpoint of its own.',
    confirm: {
      title: 'Delete the last checkpoints of runs that have ended?',
      text: (bytes: string) =>
        `${bytes} become free. Their best epochs stay: they are evaluated, saved and gone on from as before. Going on from the last epoch is not possible any more.`,
      button: 'Delete them',
    },
    freed: (runs: number, bytes: string, packed: boolean) =>
      `Deleted the last checkpoints of ${plural(runs, 'run')}: ${bytes} are free${packed ? '' : ' for what comes; the file keeps its size'}.`,
  },
  backup: {
    title: 'Backup',
    note: 'the whole workspace as one file',
    about:
      'Projects, data, runs with their weights, saved models, exports and predictions, as they are at one moment. Trainings go on meanwhile. Whoever has the file has the data.',
    write: 'Back up the workspace',
    to: 'Back up to…',
    writing: 'Backing up the workspace',
    written: (size: string, projects: number, runs: number) =>
      `Written: ${size}, with ${plural(projects, 'project')} and ${plural(runs, 'run')}.`,
    download: 'Download',
    copy: 'Copy the path',
    restore: 'Restore a backup…',
    restoreAbout:
      'A backup becomes a new folder; the workspace that is open stays as it is. Every file is held against the hash that it was written with.',
    restoring: (file: string) => `Restoring ${file}`,
    restored: (projects: number, runs: number, day: string) =>
      `Restored: ${plural(projects, 'project')} and ${plural(runs, 'run')}, as of ${day}. To open it, start Descent with --workspace and this folder:`,
    writingCancelled: 'Backing up was cancelled. Nothing was written.',
    cancelled: (file: string) => `Restoring ${file} was cancelled. Nothing of it was kept.`,
  },
  problem: {
    title: 'Report a problem',
    note: 'nothing is sent',
    about:
      'What helps whoever looks into a problem: versions, this machine, and what Descent said last. What was said of single runs is left out, and names in quotation marks are blanked; paths of files may be in it. Read it, copy it, and put it into your report.',
    make: 'Show the report',
    again: 'Make it again',
    text: 'The report',
    copy: 'Copy the report',
  },
  window: {
    title: 'This window',
    note: 'kept on this computer',
  },
  preferences: {
    theme: {
      label: 'Theme',
      help: 'System follows what the computer is set to, by day and by night.',
      auto: 'System',
      light: 'Light',
      dark: 'Dark',
    },
    numbers: {
      label: 'Numbers',
      help: 'How thousands are parted and decimals begin. Files and the command line keep the point.',
    },
    alarms: {
      label: 'Alarms while training',
      help: 'Warnings about curves and layers are counted and stay folded until you open them; what spoils a training is always said.',
      all: 'All of them',
      errors: 'Quiet: errors only',
    },
    endings: {
      label: 'When a training ends',
      help: 'A notification of the system tells of runs and searches that have ended while you are elsewhere. A browser asks for it when you start one.',
      on: 'Tell me',
      off: 'Do not',
    },
    singleKeys: {
      label: 'Shortcuts of one key',
      help: 'Keys alone, such as ? and 1 to 8. They never act while you type; off, only those with Ctrl or ⌘ do.',
      on: 'On',
      off: 'Off',
    },
  },
  computing: {
    inForce: {
      threads: (threads: number, cores: number) => `${formatCount(threads)} of ${plural(cores, 'core')}`,
      noGpu: (why: string) => `No GPU: ${why}`,
      none: 'none was found.',
      cpu: (threads: string) => `the CPU, on ${threads}`,
      now: (device: string) => `Now: ${device}.`,
      refused: (why: string) => `Now: training is refused. ${why}`,
      slowerGpu: (cpu: string, gpu: string) => `Now: ${cpu}. The GPU here is slower: ${gpu}.`,
      quickerGpu: (gpu: string, cpu: string) =>
        `Now: ${gpu} where a step is expected to be quicker there, else ${cpu}.`,
      memory: (limit: string, memory: string) => `Now: ${limit} of this machine’s ${memory}.`,
      tooMuch: (memory: string) => `Now: more than this machine’s ${memory}, which may run out first.`,
    },
    title: 'Computing',
    note: 'for this workspace and every project in it',
    about:
      'A change holds for the next process that is started: what trains or is computed now goes on as it began.',
    automatic: 'Automatic',
    now: (what: string) => `Now: ${what}.`,
  },
  limits: {
    title: 'Limits of what is read',
    note: 'for this workspace and every project in it',
    about:
      'Descent refuses what is larger, before it fills the disk or the memory. Sizes are typed with their unit, such as 16 GB. A change holds from the next file on.',
  },
  addresses: {
    title: 'Addresses this workspace connected to',
    note: 'the latest 200',
    about:
      'Descent goes to the network only where you give it an address, of a file, a database server or a public set: those, and where they led. Updates of the app are looked for elsewhere, if at all.',
    noMirror: 'None',
    none: 'None so far.',
    table: 'Addresses',
    address: 'Address',
    at: 'Last',
  },
  limit: {
    bytes: (count: string) => `${count} bytes`,
    enterSize: 'Enter a size, such as 16 GB or 500 MB.',
    enterNumber: 'Enter a whole number.',
    atLeast: (least: string) => `At least ${least}.`,
    atMost: (most: string) => `At most ${most}.`,
    resetTo: (limit: string, value: string) => `Reset ${limit} to ${value}`,
    reset: 'Reset',
    range: (start: string, least: string, most: string) => `Start value ${start}; from ${least} to ${most}.`,
  },
}
