import { counted } from '#domain/counted.ts';

/** Of features/videos/CaptionOrderRow.svelte. */
export const captionOrderRow = {
  waitsSince: 'waits since',
};

/** Of features/videos/CaptionPublishing.svelte. */
export const captionPublishing = {
  captionsArePublished: 'Captions are published by themselves.',
  captionsWaitForNextPublish: 'Captions wait for the next publish.',
  publishCaptionsByThemselves: 'Publish captions by themselves',
  whenCaptionsArriveAndNothing: 'When captions arrive and nothing else was saved since the last publish to Production, the site is published there at once. Else they wait for the next publish.',
  captionsThatArriveArePublished: 'Captions that arrive are published to Production by themselves, where nothing else was saved since the last publish.',
  captionsThatArriveWait: 'Captions that arrive wait for the next publish to Production.',
};

/** Of features/videos/CaptionSpending.svelte. */
export const captionSpending = {
  spendingOnCaptions: 'Spending on captions',
  todayUtc: 'Today (UTC)',
  usedOfWhatMayBeSpentToday: 'Used of what may be spent today',
  limits: 'Limits',
  orders: (total: number) => counted(total, 'order'),
  waits: 'waits',
  wait: 'wait',
  ordersThatWait: 'Orders that wait',
  ordersInline: 'orders',
  showFirstOrdersThatWait: 'Show the first orders that wait',
  noOrderOfCaptionsWaits: 'No order of captions waits for a person or for room below a limit.',
  whatCaptionsCost: 'what captions cost',
};

/** Of features/videos/ChannelStopped.svelte. */
export const channelStopped = {
  youSaidThatItIsMended: 'You said that it is mended.',
  channelIsStopped: 'The channel is stopped',
  youtubeIsAskedAgain: 'YouTube is asked again',
  youSaidThatItIsMendedSentence: 'You said that it is mended. Videos that wait ask again within half an hour.',
  isItMended: 'Is it mended?',
  videosThatWaitAreSent: 'Videos that wait are sent to YouTube again. If it is not mended, the channel stops anew, and each try takes a part of the day’s quota.',
  yesItIsMended: 'Yes, it is mended',
  notYet: 'Not yet',
  giveConsentAgain: 'Give the consent again',
  itIsMended: 'It is mended …',
};

/** Of features/videos/OrderActions.svelte. */
export const orderActions = {
  approved: (name: string) => `Approved: captions of ${name}.`,
  refused: (name: string) => `Refused: captions of ${name}.`,
  haveCaptionsOfWritten: (name: string) => `Have captions of ${name} written?`,
  threeplayMediaIsPaidForIt: (price: string) => `3Play Media is paid for it: ${price}. What is ordered cannot be taken back.`,
  yesOrderThem: 'Yes, order them',
  approve: 'Approve …',
  captionsOf: (name: string) => `captions of ${name}`,
  refuse: 'Refuse',
};

/** Of features/videos/ParkedVideos.svelte. */
export const parkedVideos = {
  videosThatWaitForPerson: 'Videos that wait for a person',
  videosLongestWaitFirst: (total: number) => `${counted(total, 'video')}, the longest wait first. Those of orders go on with a word about the order above.`,
  videos: 'videos',
  showFirstVideosThatWait: 'Show the first videos that wait',
  noVideoOfAnySite: 'No video of any site waits for a person.',
  videosThatWait: 'the videos that wait',
};

/** Of features/videos/RetryButton.svelte. */
export const retryButton = {
  goesOn: (name: string) => `Goes on: ${name}.`,
};

/** Of features/videos/VideoPlayer.svelte. */
export const videoPlayer = {
  onYoutube: (name: string) => `${name}, on YouTube`,
  studioHasNoFile: 'The studio has no file of it to play. YouTube has, and learns that you look.',
  playItFromYoutube: 'Play it from YouTube',
  thereIsNothingToPlay: 'There is nothing to play before it is transcoded.',
  filesOf: (name: string) => `Files of ${name}`,
  download: 'Download',
  transcript: (languageName: string) => `Transcript, ${languageName}`,
};

/** Of features/videos/VideoRow.svelte. */
export const videoRow = {
  wasOnYoutubeBefore: 'was on YouTube before',
  stepsOf: (name: string) => `Steps of ${name}`,
  onlyGlobalAdminDecidesAbout: 'Only a global admin decides about that. Ask one of them.',
  onYoutube: 'On YouTube',
  opensInNewTab: (name: string) => `${name} (opens in a new tab)`,
  run: 'Run',
  ofName: (name: string) => `of ${name}`,
  watch: 'Watch',
};

/** Of features/videos/videoStateLabels.ts. */
export const videoStateLabels = {
  states: { working: 'On their way', waiting: 'Waiting for a person', done: 'Done', ended: 'Ended' },
};

/** Of pages/VideosPage.svelte. */
export const videosPage = {
  allVideos: 'All videos',
  listOfVideos: 'list of videos',
  videosOf: (title: string) => `Videos of ${title}`,
  videos: 'Videos',
  googleDrive: 'Google Drive',
  videosOfAll: (all: number) => counted(all, 'video'),
  state: 'State',
  videosInline: 'videos',
  noVideoFits: 'No video fits',
  showAllVideos: 'Show all videos',
  siteHasNoVideosYet: 'The site has no videos yet',
  putVideoFilesIntoFolder: {
    before: 'Put video files into the folder ‘videos_final’ of the',
    link: 'site’s Google Drive',
    after: ', then sync. Each is made smaller, brought to YouTube and given captions.',
  },
  theVideos: 'the videos',
};

/** Of features/videos/WaitsFor.svelte. */
export const waitsFor = {
  itGoesOn: 'It goes on',
};

/** Of features/videos/YoutubeQuota.svelte. */
export const youtubeQuota = {
  youtubesQuota: 'YouTube’s quota',
  youtubeIsNotSetUpHere: 'YouTube is not set up here',
  noVideoIsUploaded: 'No video is uploaded. The deployment guide says what it takes: an OAuth client, and the consent of who manages the channel.',
  giveConsent: 'Give the consent',
  used: (bucketName: string) => `${bucketName}, used`,
  more: 'More',
  nothingWasAskedOfYoutube: 'Nothing was asked of YouTube today.',
};
