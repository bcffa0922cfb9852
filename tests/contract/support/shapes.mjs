// The JSON objects clients rely on: every key that must always be present, with its type.
// Notation: see shaped() in expect.mjs.
import { shaped, likeId } from './expect.mjs';

const member_of_channel = `channel_id:s user_id:s roles:s last_viewed_at:n msg_count:n mention_count:n
    mention_count_root:n urgent_mention_count:n msg_count_root:n notify_props:o last_update_at:n
    scheme_guest:b scheme_user:b scheme_admin:b explicit_roles:s`;

const shapes = {
    user: `id:s create_at?:n update_at?:n delete_at:n username:s auth_data?:s auth_service:s email:s
        nickname:s first_name:s last_name:s position:s roles:s locale:s timezone:o|0 disable_welcome_email:b`,
    post: `id:s create_at:n update_at:n edit_at:n delete_at:n is_pinned:b user_id:s channel_id:s root_id:s
        original_id:s message:s type:s props:o hashtags:s file_ids:a pending_post_id:s has_reactions?:b
        reply_count:n last_reply_at:n participants:a|0 is_following?:b metadata?:o`,
    post_list: 'order:a posts:o next_post_id:s prev_post_id:s has_next?:b first_inaccessible_post_time:n',
    channel: `id:s create_at:n update_at:n delete_at:n team_id:s type:s display_name:s name:s header:s
        purpose:s last_post_at:n total_msg_count:n extra_update_at:n creator_id:s scheme_id:s|0 props:o|0
        group_constrained:b|0 shared:b|0 total_msg_count_root:n policy_id:s|0 last_root_post_at:n`,
    channel_member: member_of_channel,
    channel_member_with_team: `${member_of_channel} team_display_name:s team_name:s team_update_at:n`,
    channel_stats: 'channel_id:s member_count:n guest_count:n pinnedpost_count:n files_count:n',
    channel_unread: `team_id:s channel_id:s msg_count:n mention_count:n mention_count_root:n
        urgent_mention_count:n msg_count_root:n`,
    channel_unread_at: `team_id:s user_id:s channel_id:s msg_count:n mention_count:n mention_count_root:n
        urgent_mention_count:n msg_count_root:n last_viewed_at:n`,
    team: `id:s create_at:n update_at:n delete_at:n display_name:s name:s description:s email:s type:s
        company_name:s allowed_domains:s invite_id:s allow_open_invite:b last_team_icon_update?:n
        scheme_id:s|0 group_constrained:b|0 policy_id:s|0`,
    team_member:
        'team_id:s user_id:s roles:s delete_at:n scheme_guest:b scheme_user:b scheme_admin:b explicit_roles:s',
    group: `id:s name?:s display_name:s description:s source:s remote_id:s|0 create_at:n update_at:n delete_at:n
        has_syncables:b member_count?:n allow_reference:b member_ids:a|0 scheme_admin?:b`,
    group_team: `group_id:s team_id:s team_display_name:s team_type:s auto_add:b scheme_admin:b create_at:n
        update_at:n delete_at:n`,
    group_channel: `group_id:s channel_id:s channel_display_name:s channel_type:s team_id:s team_display_name:s
        team_type:s auto_add:b scheme_admin:b create_at:n update_at:n delete_at:n`,
    team_unread: `team_id:s msg_count:n mention_count:n mention_count_root:n msg_count_root:n thread_count:n
        thread_mention_count:n thread_urgent_mention_count:n`,
    team_stats: 'team_id:s total_member_count:n active_member_count:n',
    status: 'user_id:s status:s manual:b last_activity_at:n dnd_end_time:n',
    draft: `create_at:n update_at:n delete_at:n user_id:s channel_id:s root_id:s message:s props:o|0
        file_ids?:a metadata?:o priority?:o`,
    scheduled: `id:s create_at:n update_at:n delete_at:n user_id:s channel_id:s root_id:s message:s props:o|0
        file_ids?:a metadata?:o priority?:o type:s scheduled_at:n processed_at:n error_code:s`,
    bookmark: `id:s create_at:n update_at:n delete_at:n channel_id:s owner_id:s file_id:s display_name:s
        sort_order:n link_url?:s image_url?:s emoji?:s type:s original_id?:s file?:o`,
    preference: 'user_id:s category:s name:s value:s',
    reaction:
        'user_id:s post_id:s emoji_name:s create_at:n update_at:n delete_at:n remote_id:s|0 channel_id:s',
    emoji: 'id:s create_at:n update_at:n delete_at:n creator_id:s name:s',
    upload: `id:s type:s create_at:n user_id:s channel_id?:s filename:s file_size:n file_offset:n
        remote_id:s req_file_id:s`,
    file: `id:s user_id:s post_id?:s channel_id:s create_at:n update_at:n delete_at:n name:s extension:s
        size:n mime_type:s width?:n height?:n has_preview_image?:b mini_preview:s|0 remote_id:s|0 archived:b`,
    thread: `id:s reply_count:n last_reply_at:n last_viewed_at:n participants:a post:o unread_replies:n
        unread_mentions:n is_urgent:b delete_at:n`,
    threads: 'total:n total_unread_threads:n total_unread_mentions:n threads:a|0',
    session: `id:s token:s create_at:n expires_at:n last_activity_at:n user_id:s device_id:s roles:s
        is_oauth:b expired_notify:b props:o team_members:a|0`,
    category: `id:s user_id:s team_id:s sort_order:n sorting:s type:s display_name:s muted:b collapsed:b
        channel_ids:a`,
    role: `id:s name:s display_name:s description:s create_at:n update_at:n delete_at:n permissions:a
        scheme_managed:b built_in:b`,
};

// like.post(value) asserts the shape and returns the value.
export const like = Object.fromEntries(
    Object.entries(shapes).map(([name, keys]) => [
        name,
        (value) => {
            shaped(value, keys, name);
            if (/(^|\s)id:s/.test(keys) && name !== 'category') likeId(value.id, `${name}.id`);
            return value;
        },
    ]),
);
