import { createRouter, createWebHashHistory } from 'vue-router'
import { stepNames } from '../electron/contract/index.ts'
import StartPage from './steps/start/StartPage.vue'
import ProjectView from './components/shell/ProjectView.vue'

const steps = {
  data: () => import('./steps/data/DataStep.vue'),
  explore: () => import('./steps/explore/ExploreStep.vue'),
  prepare: () => import('./steps/prepare/PrepareStep.vue'),
  model: () => import('./steps/model/ModelStep.vue'),
  train: () => import('./steps/train/TrainStep.vue'),
  evaluate: () => import('./steps/evaluate/EvaluateStep.vue'),
  deploy: () => import('./steps/deploy/DeployStep.vue'),
}

// Addresses live behind the #: whoever serves the files need not know the routes.
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', name: 'start', component: StartPage },
    {
      path: '/projects/:projectId',
      component: ProjectView,
      children: [
        ...stepNames.map((step) => ({ path: step, name: step, component: steps[step] })),
        { path: 'compare', name: 'compare', component: () => import('./compare/ComparePage.vue') },
      ],
    },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
