// A person's picture, or their initials while there is none. Initials are drawn by the style sheet: they are no
// text that a button would have to be named by.
import { picture } from '../api/files';
import type { Presence, User } from '../api/types';
import { fullName } from '../store/unread';

const hue = (text: string) => {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum % 8;
};

export const initials = (name: string) => {
  const [first = '', second = ''] = name.split(/[\s._-]+/).filter(Boolean);
  return ((first[0] ?? '') + (second[0] ?? '')).toUpperCase();
};

interface Props {
  user?: User;
  size?: 'small' | 'medium' | 'large';
  presence?: Presence;
}
export const Avatar = ({ user, size = 'medium', presence }: Props) => (
  <span
    aria-hidden="true"
    className={`avatar ${size} h${hue(user?.id ?? '')}`}
    data-initials={user?.last_picture_update ? undefined : initials(fullName(user))}
  >
    {!!user?.last_picture_update && (
      <img src={picture(user.id, user.last_picture_update)} alt="" loading="lazy" />
    )}
    {presence && presence !== 'offline' && <i className={`dot ${presence}`} />}
  </span>
);
