// Attributes that the organisation defines: one's own in the settings, another's on their card.
import { useEffect, useState } from 'react';
import * as api from '../api/attributes';
import { useWords } from '../i18n';
import { needUsers } from '../store/people';
import { fullName } from '../store/unread';
import { tell } from '../store/notify';
import { useStore } from '../store/state';
import type { Id } from '../api/types';
import { FormEnd } from '../ui/form';
import { useSubmit } from './dialogs';
import { safeAddress } from './markdown';
import { report } from './report';

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined || value === '' ? [] : [value].flat();
const isOfPeople = (field: api.Attribute) => field.type === 'user' || field.type === 'multiuser';

function useAttributes(user: Id) {
  const [fields, setFields] = useState<api.Attribute[]>();
  const [values, setValues] = useState<api.AttributeValues>({});
  useEffect(() => {
    report(
      Promise.all([api.attributes(), api.attributesOf(user)]).then(([all, given]) => {
        needUsers(all.filter(isOfPeople).flatMap((field) => listOf(given[field.id])));
        setFields(all);
        setValues(given);
      }),
    );
  }, [user]);
  return { fields, values, setValues };
}

function Value({ field, value }: { field: api.Attribute; value: string }) {
  const { t, calendarDay } = useWords();
  const users = useStore((s) => s.users);
  if (isOfPeople(field)) {
    const user = users[value];
    return <>{user ? fullName(user) : t('people.unknown')}</>;
  }
  if (field.type === 'date') return <>{calendarDay(value)}</>;
  if (field.type !== 'text')
    return <>{field.attrs.options.find((option) => option.id === value)?.name ?? ''}</>;
  const address = {
    url: value,
    email: `mailto:${value}`,
    phone: `tel:${value.replace(/[^+\d]/g, '')}`,
    '': '',
  }[field.attrs.value_type];
  const safe = field.attrs.value_type === 'phone' ? address : safeAddress(address);
  return safe ? (
    <a href={safe} target="_blank" rel="noreferrer noopener">
      {value}
    </a>
  ) : (
    <>{value}</>
  );
}

export function AttributesOf({ user }: { user: Id }) {
  const { fields, values } = useAttributes(user);
  const shown = fields?.filter(
    (field) => listOf(values[field.id]).length > 0 || field.attrs.visibility === 'always',
  );
  if (!shown?.length) return null;
  return (
    <dl className="attributes">
      {shown.map((field) => (
        <div key={field.id}>
          <dt dir="auto">{field.name}</dt>
          <dd dir="auto">
            {listOf(values[field.id]).length === 0 && '–'}
            {listOf(values[field.id]).map((value, at) => (
              <span key={value}>
                {at > 0 && ', '}
                <Value field={field} value={value} />
              </span>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Field({ field, value }: { field: api.Attribute; value: string | string[] | undefined }) {
  const { t } = useWords();
  const isFixed = field.attrs.managed === 'admin';
  const label = isFixed ? `${field.name} (${t('attribute.managed')})` : field.name;
  if (isFixed || isOfPeople(field))
    return (
      <p className="fixed">
        <b dir="auto">{label}</b>{' '}
        <span dir="auto">
          {listOf(value).length === 0 && '–'}
          {listOf(value).map((each, at) => (
            <span key={each}>
              {at > 0 && ', '}
              <Value field={field} value={each} />
            </span>
          ))}
        </span>
      </p>
    );
  if (field.type === 'multiselect')
    return (
      <fieldset>
        <legend dir="auto">{label}</legend>
        {field.attrs.options.map((option) => (
          <label key={option.id} className="choice">
            <input
              type="checkbox"
              name={field.id}
              value={option.id}
              defaultChecked={listOf(value).includes(option.id)}
            />{' '}
            {option.name}
          </label>
        ))}
      </fieldset>
    );
  return (
    <label>
      <span dir="auto">{label}</span>
      {field.type === 'select' ? (
        <select name={field.id} className="field" defaultValue={listOf(value)[0] ?? ''}>
          <option value="">–</option>
          {field.attrs.options.map((option) => (
            <option key={option.id} value={option.id}>
              {option.name}
            </option>
          ))}
        </select>
      ) : (
        <input
          name={field.id}
          className="field"
          type={
            field.type === 'date'
              ? 'date'
              : { '': 'text', email: 'email', url: 'url', phone: 'tel' }[field.attrs.value_type]
          }
          defaultValue={listOf(value)[0] ?? ''}
          maxLength={256}
        />
      )}
    </label>
  );
}

/** Below the profile, when there are any. */
export function AttributesPart() {
  const { t } = useWords();
  const me = useStore((s) => s.me?.id ?? '');
  const { fields, values, setValues } = useAttributes(me);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    const given: api.AttributeValues = {};
    for (const field of fields ?? []) {
      if (field.attrs.managed === 'admin' || isOfPeople(field)) continue;
      given[field.id] =
        field.type === 'multiselect' ? form.getAll(field.id).map(String) : String(form.get(field.id) ?? '');
    }
    setValues({ ...values, ...(await api.saveAttributes(given)) });
    tell(t('settings.saved'));
  });
  if (!fields?.length) return null;
  return (
    <form className="form" onSubmit={onSubmit} aria-label={t('attribute.title')}>
      <h3>{t('attribute.title')}</h3>
      {fields.map((field) => (
        <Field key={field.id} field={field} value={values[field.id]} />
      ))}
      <FormEnd error={error} isBusy={isBusy} label={t('app.save')} />
    </form>
  );
}
