import { type CaptionOrderRow, captionSpending, findCaptionOrder, moveCaptionOrder, type OrderReason, pageOfCaptionOrders } from '#db/queries/captionOrders.ts';
import { findCaptionSetting, saveCaptionSetting } from '#db/queries/captionSettings.ts';
import { listContentItemsByIds } from '#db/queries/contentItems.ts';
import { findPeople } from '#db/queries/people.ts';
import { listSitesByIds } from '#db/queries/sites.ts';
import { listVideosByIds } from '#db/queries/videos.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { CaptionOrder } from '../contracts/captions.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { mayDecide, presentReason } from '../presenters/videos.ts';
import type { Call, Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<
  Handlers,
  | 'GET /api/v1/sites/:site/caption-orders'
  | 'PUT /api/v1/sites/:site/caption-settings'
  | 'GET /api/v1/caption-orders'
  | 'POST /api/v1/caption-orders/:order/approve'
  | 'POST /api/v1/caption-orders/:order/refuse'
>;

/** Nobody’s: what was spent by all sites is asked for. */
const NO_SITE = '00000000-0000-0000-0000-000000000000';

export function captionRoutes(deps: ApiDeps): Routes {
  const { config, db, engine } = deps;

  async function present(orders: readonly CaptionOrderRow[], who: Principal): Promise<CaptionOrder[]> {
    const sites = await listSitesByIds(db, orders.map(({ siteId }) => siteId));
    const people = await findPeople(db, orders.flatMap(({ approvedBy }) => approvedBy ?? []));
    const videos = await listVideosByIds(db, orders.map(({ videoId }) => videoId));
    const items = new Map((await listContentItemsByIds(db, [...videos.values()].flatMap(({ itemId }) => itemId ?? []))).map((item) => [item.id, item]));
    return orders.map((order) => {
      const site = sites.get(order.siteId);
      const item = items.get(videos.get(order.videoId)?.itemId ?? '');
      const person = people.get(order.approvedBy ?? '');
      return {
        id: order.id,
        video: order.videoId,
        site: { name: site?.name ?? '', title: site?.title ?? '' },
        item: item === undefined ? null : { textId: item.textId, title: item.title },
        youtubeId: order.youtubeId,
        attempt: order.attempt,
        state: order.state,
        priceCents: order.priceCents,
        reason: presentReason(order.reason),
        approvedBy: person === undefined ? null : { id: person.id, name: person.name },
        orderedAt: order.orderedAt?.toISOString() ?? null,
        createdAt: order.createdAt.toISOString(),
        can: { decide: mayDecide(order, who) },
      };
    });
  }

  /** Decides about an order that waits. The row is what counts; the workflow is told by a hint. */
  async function decide({ params, who, note }: Pick<Call<'POST /api/v1/caption-orders/:order/approve'>, 'params' | 'who' | 'note'>, move: { readonly state: 'intended' | 'refused'; readonly reason?: OrderReason; readonly reservedAt?: Date }): Promise<CaptionOrder> {
    const order = await findCaptionOrder(db, params.order);
    const site = order === undefined ? undefined : (await listSitesByIds(db, [order.siteId])).get(order.siteId);
    if (order !== undefined) note({ site: site?.name, video: order.videoId, ...(order.priceCents === null ? { priceUnknown: true } : { cents: order.priceCents, currency: 'USD' }) });
    if (!studioPolicy.spend(who)) throw new ApiError('forbidden', 'Only who may spend decides about orders of captions. Ask a global admin.');
    if (order === undefined) throw new ApiError('notFound', 'There is no such order of captions.');
    if (!(await moveCaptionOrder(db, order.id, { from: ['waiting'], approvedBy: who.userId, ...move }))) throw new ApiError('wrongState', 'This order waits for nobody: somebody has decided about it, or it went on. Look at it again.');
    await engine.captionsChanged(order.videoId);
    const [presented] = await present([(await findCaptionOrder(db, order.id)) ?? order], who);
    if (presented === undefined) throw new Error(`Order ${order.id} was not presented`);
    return presented;
  }

  return {
    'GET /api/v1/sites/:site/caption-orders': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const { total, orders } = await pageOfCaptionOrders(db, { siteIds: [site.id], state: query.state }, query);
      return { total, orders: await present(orders, who), publishesCaptions: await findCaptionSetting(db, site.id) };
    },

    'PUT /api/v1/sites/:site/caption-settings': async ({ params, body, who, note }) => {
      note({ publishesCaptions: body.publishesCaptions });
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.publishLive(who, site.id)) throw new ApiError('forbidden', 'Only who publishes the live site says what is published by itself. Ask its owner.');
      await saveCaptionSetting(db, site.id, body.publishesCaptions);
      return { publishesCaptions: body.publishesCaptions };
    },

    'GET /api/v1/caption-orders': async ({ query, who }) => {
      if (!studioPolicy.spend(who)) throw new ApiError('forbidden', 'Only who may spend sees the orders of all sites.');
      const { total, orders } = await pageOfCaptionOrders(db, { state: query.state }, query);
      const { allCents } = await captionSpending(db, new Date().toISOString().slice(0, 10), NO_SITE);
      return { total, orders: await present(orders, who), spentTodayCents: allCents, limits: { dayCents: config.threePlayDayLimitCents, siteCents: config.threePlaySiteLimitCents, approvalAboveCents: config.threePlayApprovalAboveCents } };
    },

    'POST /api/v1/caption-orders/:order/approve': (call) => decide(call, { state: 'intended', reservedAt: new Date() }),

    'POST /api/v1/caption-orders/:order/refuse': (call) =>
      decide(call, { state: 'refused', reason: { code: 'Refused', message: 'A person refused this order. Put captions into Google Drive, or retry this step to ask once more.' } }),
  };
}
