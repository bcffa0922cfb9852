// How far what was written in a shared channel has come, at each partner.
import { get } from './request';
import type { Id } from './types';

export interface PartnerDelivery {
  /** As people's names end here. */
  name: string;
  /** What was written up to then is there. */
  upto: number;
  /** Why nothing of the conversation is taken; '' when it is. */
  reason: string;
  refusals: number;
  /** Own messages that are not shown there. */
  refused: { post_id: Id; reason: string }[];
}
export interface Delivery {
  /** What was written before is not told. */
  since: number;
  partners: PartnerDelivery[];
}
export const of = (channel: Id) => get<Delivery>(`/concordat/federation/channels/${channel}/delivery`);
