import { createRouter, createWebHashHistory } from 'vue-router'
import { stepNames } from '../electron/contract/index.ts'
import { shellDialogs } from './components/shell/dialogs.ts'
import { nextTask } from './lib/next-task.ts'
import StartPage from './steps/start/StartPage.vue'
import { strings } from './strings/index.ts'

/** Each page's own code, which comes when it is opened, or soon after the window is there: see `fetchPages`. */
const pages = {
  project: () => import('./components/shell/ProjectView.vue'),
  data: () => import('./steps/data/DataStep.vue'),
  explore: () => import('./steps/explore/ExploreStep.vue'),
  prepare: () => import('./steps/prepare/PrepareStep.vue'),
  model: () => import('./steps/model/ModelStep.vue'),
  train: () => import('./steps/train/TrainStep.vue'),
  evaluate: () => import('./steps/evaluate/EvaluateStep.vue'),
  deploy: () => import('./steps/deploy/DeployStep.vue'),
  compare: () => import('./compare/ComparePage.vue'),
  search: () => import('./search/SearchPage.vue'),
  graph: () => import('./steps/model/GraphPage.vue'),
  graphLab: () => import('./graph-lab/LabPage.vue'),
  settings: () => import('./settings/SettingsPage.vue'),
}

/**
 * All pages, one after the other, while nobody waits for anything: no step is waited for then, and an open window survives
 * an update of the files on the disk. A page that cannot be fetched now is fetched when it is opened.
 */
export async function fetchPages(idle: () => Promise<unknown>): Promise<void> {
  for (const fetchPart of [...Object.values(pages), ...Object.values(shellDialogs)]) {
    await idle()
    await fetchPart().catch(() => undefined)
  }
}

declare module 'vue-router' {
  interface RouteMeta {
    /** The page's part of the window's title; absent: the app's name says it all. */
    title?: string
    /** The step whose page it belongs to. */
    step?: 'model' | 'train'
    /** It explains by itself what is chosen. */
    ownInspector?: true
  }
}

// Addresses live behind the #: whoever serves the files need not know the routes.
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    // In a task of its own: the frame around it is drawn first.
    { path: '/', name: 'start', component: () => nextTask().then(() => StartPage) },
    {
      path: '/graph-lab',
      name: 'graph-lab',
      component: pages.graphLab,
      meta: { title: strings.graph.lab.title },
    },
    {
      path: '/settings',
      name: 'settings',
      component: pages.settings,
      meta: { title: strings.settings.title },
    },
    {
      path: '/projects/:projectId',
      component: pages.project,
      children: [
        ...stepNames.map((step) => ({
          path: step,
          name: step,
          component: pages[step],
          meta: { title: strings.shell.steps[step] },
        })),
        {
          path: 'model/graph',
          name: 'graph',
          component: pages.graph,
          meta: { title: strings.graph.page.title, step: 'model', ownInspector: true },
        },
        {
          path: 'train/search',
          name: 'search',
          component: pages.search,
          meta: { title: strings.search.title, step: 'train' },
        },
        {
          path: 'compare',
          name: 'compare',
          component: pages.compare,
          meta: { title: strings.shell.steps.compare },
        },
      ],
    },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
