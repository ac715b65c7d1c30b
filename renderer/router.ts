import { createRouter, createWebHashHistory } from 'vue-router'
import { stepNames } from '../electron/contract/index.ts'
import ComparePage from './compare/ComparePage.vue'
import ProjectView from './components/shell/ProjectView.vue'
import LabPage from './graph-lab/LabPage.vue'
import SearchPage from './search/SearchPage.vue'
import SettingsPage from './settings/SettingsPage.vue'
import DataStep from './steps/data/DataStep.vue'
import DeployStep from './steps/deploy/DeployStep.vue'
import EvaluateStep from './steps/evaluate/EvaluateStep.vue'
import ExploreStep from './steps/explore/ExploreStep.vue'
import GraphPage from './steps/model/GraphPage.vue'
import ModelStep from './steps/model/ModelStep.vue'
import PrepareStep from './steps/prepare/PrepareStep.vue'
import StartPage from './steps/start/StartPage.vue'
import TrainStep from './steps/train/TrainStep.vue'
import { strings } from './strings/index.ts'

// Not loaded one by one: files come from the same machine, and an open window must survive an update of them.
const steps = {
  data: DataStep,
  explore: ExploreStep,
  prepare: PrepareStep,
  model: ModelStep,
  train: TrainStep,
  evaluate: EvaluateStep,
  deploy: DeployStep,
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
    { path: '/', name: 'start', component: StartPage },
    { path: '/graph-lab', name: 'graph-lab', component: LabPage, meta: { title: strings.graph.lab.title } },
    { path: '/settings', name: 'settings', component: SettingsPage, meta: { title: strings.settings.title } },
    {
      path: '/projects/:projectId',
      component: ProjectView,
      children: [
        ...stepNames.map((step) => ({
          path: step,
          name: step,
          component: steps[step],
          meta: { title: strings.shell.steps[step] },
        })),
        {
          path: 'model/graph',
          name: 'graph',
          component: GraphPage,
          meta: { title: strings.graph.page.title, step: 'model', ownInspector: true },
        },
        {
          path: 'train/search',
          name: 'search',
          component: SearchPage,
          meta: { title: strings.search.title, step: 'train' },
        },
        {
          path: 'compare',
          name: 'compare',
          component: ComparePage,
          meta: { title: strings.shell.steps.compare },
        },
      ],
    },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
