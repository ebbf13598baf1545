import { count } from '../lib/numbers.ts';

/** Of features/builder/BuilderOverview.svelte. */
export const builderOverview = {
  builder: 'Builder',
  sitesWithAnotherBuilder: 'Sites with another builder',
  andMore: (total: number) => `and ${count(total)} more`,
  besidePublishByStudiosOwn: 'Beside a publish by the studio’s own workers, one by Concourse lacks:',
  changeItForOneSite: {
    before: 'Change it for one site on the site’s page, under ‘Builder’, or by',
    between: '; for every site with',
    between2: 'in place of the name.',
    after: 'says what publishes sites that choose none.',
  },
  noConcourseIsSetUp: 'No Concourse is set up here that a site could be handed to.',
};

/** Of features/builder/ConcourseLacks.svelte. */
export const concourseLacks = {
  whatPublishByConcourseLacks: 'What a publish by Concourse lacks',
};

/** Of features/builder/SiteBuilder.svelte. */
export const siteBuilder = {
  fromItsNextPublish: 'From its next publish on, Concourse builds and uploads this site. What such a publish lacks is said on its run. You can take the site back at any time.',
  handItToConcourse: 'Hand it to Concourse',
  fromItsNextPublishSentence: 'From its next publish on, the studio’s own workers build and deploy this site. That publish writes every file anew; the pipelines in Concourse are paused.',
  takeItBack: 'Take it back',
  builder: (builderName: string) => `Builder: ${builderName}`,
  builderHeading: 'Builder',
  asForEverySite: ', as for every site that chooses none',
  whatItsPublishesLack: 'What its publishes lack',
  changeBuilder: 'Change the builder?',
  handItToConcourseAsk: 'Hand it to Concourse …',
  takeItBackFromConcourse: 'Take it back from Concourse …',
};
