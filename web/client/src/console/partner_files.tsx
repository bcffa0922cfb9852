// What files may pass between us and a partner, and what became of those that did.
import { useState } from 'react';
import * as api from '../api/partners';
import { useSubmit } from '../chat/dialogs';
import { useWords } from '../i18n';
import type { Key } from '../i18n/catalogue';
import { FormEnd } from '../ui/form';
import { Failure, Table, useAsked } from './table';

const mebibyte = 2 ** 20;
const endings = (value: FormDataEntryValue | null) =>
  String(value ?? '')
    .split(/[\s,;]+/)
    .map((each) => each.replace(/^\./, '').toLowerCase())
    .filter(Boolean);

export function FilePolicy({ partner, changed }: { partner: api.Partner; changed(): void }) {
  const { t } = useWords();
  const { policy } = partner;
  const [isOn, setOn] = useState(policy.files);
  const { onSubmit, error, isBusy } = useSubmit(async (form) => {
    await api.setPolicy(
      partner.id,
      isOn
        ? {
            files: true,
            largest_file: Math.round(Number(form.get('largest')) * mebibyte),
            file_types: endings(form.get('types')),
            refused_file_types: endings(form.get('refused')),
          }
        : { files: false },
    );
    changed();
  });
  return (
    <form className="form change" onSubmit={onSubmit} aria-label={t('partner.files')}>
      <label className="choice">
        <input type="checkbox" checked={isOn} onChange={(event) => setOn(event.target.checked)} />
        {t('partner.filesPass')}
      </label>
      {isOn && (
        <>
          <label>
            {t('partner.largest')}
            <input
              name="largest"
              className="field"
              type="number"
              required
              min={1}
              max={1024}
              step="any"
              defaultValue={policy.largest_file / mebibyte}
            />
          </label>
          <label>
            {t('partner.types')}
            <input
              name="types"
              className="field"
              spellCheck={false}
              placeholder="pdf, docx, png"
              defaultValue={policy.file_types.join(', ')}
            />
            <small>{t('partner.typesHint')}</small>
          </label>
          <label>
            {t('partner.refusedTypes')}
            <input
              name="refused"
              className="field"
              spellCheck={false}
              placeholder="exe, js"
              defaultValue={policy.refused_file_types.join(', ')}
            />
          </label>
        </>
      )}
      <FormEnd error={error} isBusy={isBusy} label={t('app.save')} />
    </form>
  );
}

const states: Record<api.PartnerFile['state'], Key> = {
  wanted: 'partner.file.wanted',
  here: 'partner.file.here',
  refused: 'partner.file.refused',
};
const tones = { wanted: 'warning', here: 'success', refused: 'error' };

export function FileList({ partner }: { partner: api.Partner }) {
  const { t, date, size } = useWords();
  const [files, failure] = useAsked(() => api.files(partner.id));
  if (failure) return <Failure text={failure} />;
  if (!files) return <p aria-busy="true">{t('app.loading')}</p>;
  if (files.length === 0) return <p>{t('partner.noFiles')}</p>;
  return (
    <Table
      label={t('partner.files')}
      columns={[
        'partner.file.name',
        'partner.file.way',
        'partner.file.size',
        'partner.file.when',
        'partner.file.state',
      ]}
    >
      {files.map((each) => (
        <tr key={`${each.direction} ${each.id}`}>
          <td dir="auto">{each.name || <code>{each.id}</code>}</td>
          <td>{t(each.direction === 'from' ? 'partner.file.from' : 'partner.file.to')}</td>
          <td className="number">{each.size > 0 ? size(each.size) : ''}</td>
          <td>{date(each.create_at)}</td>
          <td>
            <span className={`state ${tones[each.state]}`}>{t(states[each.state])}</span>
            {each.reason && <code> {each.reason}</code>}
          </td>
        </tr>
      ))}
    </Table>
  );
}
