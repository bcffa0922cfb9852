// A small mark beside an own message of a shared channel: whether partners have it.
import { useEffect } from 'react';
import type { PartnerDelivery } from '../api/deliveries';
import type { Post } from '../api/types';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { needDelivery } from '../store/deliveries';
import { useStore } from '../store/state';
import { Icon } from '../ui/icon';

/** Codes of the protocol that have words; the others are shown as they are. */
const known = [
  'archived',
  'deactivated',
  'direct_off_here',
  'direct_off_there',
  'guest',
  'not_shared',
  'partner',
  'policy',
  'revoked',
  'target_gone',
  'team',
  'too_many',
  'unknown_person',
];

function Mark({ post, partner }: { post: Post; partner: PartnerDelivery }) {
  const { t } = useWords();
  const reason = partner.refused.find((each) => each.post_id === post.id)?.reason || partner.reason;
  if (reason) {
    const why = known.includes(reason) ? t(`delivery.why.${reason}` as Key) : reason;
    return <span className="refused">{t('delivery.refused', { partner: partner.name, reason: why })}</span>;
  }
  if (post.create_at > partner.upto) return <span>{t('delivery.waiting', { partner: partner.name })}</span>;
  const words = t('delivery.there', { partner: partner.name });
  return (
    <span title={words}>
      <Icon name="check" size={12} />
      <span className="hidden">{words}</span>
    </span>
  );
}

export function Delivery({ post }: { post: Post }) {
  const isMine = useStore((s) => s.me?.id === post.user_id);
  const isShared = useStore((s) => s.channels[post.channel_id]?.shared === true);
  const delivery = useStore((s) => s.deliveries[post.channel_id]);
  const isAsked = isMine && isShared && !delivery;
  useEffect(() => {
    if (isAsked) needDelivery(post.channel_id);
  }, [isAsked, post.channel_id]);
  if (!isMine || !isShared || !delivery?.partners.length || post.create_at < delivery.since) return null;
  return (
    <small className="delivery">
      {delivery.partners.map((each) => (
        <Mark key={each.name} post={post} partner={each} />
      ))}
    </small>
  );
}
