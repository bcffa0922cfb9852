// The node's error ids in the reader's words.
import { ApiError } from '../api/errors';
import type { Key } from './catalogue';
import type { Words } from './index';

const known: Record<string, Key> = {
  'api.user.login.invalid_credentials_email_username': 'error.credentials',
  'api.user.login.invalid_credentials': 'error.credentials',
  'api.user.check_user_mfa.bad_code.app_error': 'error.code',
  'mfa.activate.bad_token.app_error': 'error.code',
  'api.user.check_user_login_attempts.too_many.app_error': 'error.locked',
  'api.user.login.inactive.app_error': 'error.inactive',
  'ent.message_export.bad_request': 'error.exportRequest',
  'ent.message_export.disabled': 'error.exportsOff',
  'ent.message_export.too_many_waiting': 'error.exportsWait',
  'api.job.unable_to_download_job': 'error.noPackage',
  'export.approval.own': 'error.othersDecide',
  'export.approval.custodian': 'error.othersDecide',
  'export.approval.needed': 'error.approvalNeeded',
  'ent.compliance.report.approvals': 'error.approvalNeeded',
  'export.approval.state': 'error.approvalState',
  'export.approval.scope': 'error.approvalState',
  'export.approval.voted': 'error.approvalState',
  'identity.directory_unavailable': 'error.directory',
  'identity.factor.fresh_needed': 'error.freshFactor',
  'identity.step_up.needed': 'error.freshFactor',
  'identity.factor.active': 'error.factorActive',
  'identity.factor.passkeys': 'error.passkeysOnly',
  'identity.passkey.off': 'error.passkeysOff',
  'identity.passkey.taken': 'error.passkeyTaken',
  'identity.passkey.not_found': 'error.noPasskey',
  'identity.passkey.refused': 'error.passkeyRefused',
  'identity.passkey.sign_in_refused': 'error.passkeyRefused',
  'api.user.check_user_password.invalid.app_error': 'error.passwordWrong',
  'api.context.mfa_required.app_error': 'error.factorNeeded',
  'store.sql_channel.save_channel.exists.app_error': 'error.channelExists',
  'app.channel.save_channel.exists.app_error': 'error.channelExists',
  'app.team.save.existing.app_error': 'error.teamExists',
  'store.sql_team.save.existing.app_error': 'error.teamExists',
  'api.file.upload_file.too_large_detailed.app_error': 'error.tooLarge',
  'api.user.update_password.incorrect.app_error': 'error.passwordWrong',
  'api.user.reset_password.invalid_link.app_error': 'error.badLink',
  'api.user.reset_password.link_expired.app_error': 'error.badLink',
  'api.user.verify_email.bad_link.app_error': 'error.badLink',
  'api.user.create_user.signup_link_invalid.app_error': 'error.badLink',
  'api.user.create_user.signup_link_expired.app_error': 'error.badLink',
  'app.team.get_by_invite_id.finding.app_error': 'error.badLink',
  'api.user.send_password_reset.send.app_error': 'error.noMail',
  'app.custom_profile_attributes.value.app_error': 'error.attribute',
  'model.emoji.name.app_error': 'error.emojiName',
  'model.emoji.system_emoji_name.app_error': 'error.emojiTaken',
  'api.emoji.create.duplicate.app_error': 'error.emojiTaken',
  'api.emoji.create.too_large.app_error': 'error.emojiImage',
  'api.emoji.upload.image.app_error': 'error.emojiImage',
  'api.emoji.upload.large_image.too_large.app_error': 'error.emojiImage',
  'federation.people.direct': 'error.directOff',
  'federation.direct.off_here': 'error.directOff',
  'federation.direct.off_there': 'error.directOffThere',
  'federation.direct.partner': 'error.directPartner',
  'federation.direct.deactivated': 'error.directGone',
  'federation.direct.refused': 'error.directRefused',
  'federation.direct.organisations': 'error.directOrganisations',
  'model.post.is_valid.message_length.app_error': 'error.tooLong',
};

export const codeWanted = 'mfa.validate_token.authenticate.app_error';

function keyOf(error: ApiError): Key {
  if (known[error.id]) return known[error.id];
  if (error.id.startsWith('model.user.is_valid.pwd')) return 'error.password';
  if (error.status === 0) return 'error.unreachable';
  if (error.status === 429 || error.status === 503) return 'error.busy';
  if (error.status === 401 || error.status === 403) return 'error.permission';
  if (error.status === 404) return 'error.notFound';
  return error.status === 413 ? 'error.tooLarge' : 'error.unknown';
}

/** What whoever made a rule, or the malware scanner, says to the author: not ours to translate. */
const ofTheOrganisation = ['content.blocked', 'content.warned', 'malware.found'];

/** What browsers throw when they give or make no passkey. */
const ofBrowser: Record<string, Key> = {
  NotAllowedError: 'error.passkeyCancelled',
  AbortError: 'error.passkeyCancelled',
  InvalidStateError: 'error.passkeyTaken',
};

export function sayError(words: Words, error: unknown): string {
  if (error instanceof DOMException && ofBrowser[error.name]) return words.t(ofBrowser[error.name]);
  if (!(error instanceof ApiError)) return words.t('error.unknown', { request: '-' });
  if (ofTheOrganisation.includes(error.id)) return error.message;
  return words.t(keyOf(error), { request: error.requestId || error.id || '-' });
}
