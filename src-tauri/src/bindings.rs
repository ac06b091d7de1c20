//! The one list of commands, and the TypeScript that is generated from it.

use tauri::Wry;
use tauri::ipc::Invoke;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

use crate::commands::{
    advice, connections, doctor, exports, history, imports, keeping, packets, past, profiles,
    publish, replays, tree,
};

/// The commands with typed arguments, by feature.
macro_rules! listed {
    () => {
        collect_commands![
            profiles::startup,
            profiles::list_profiles,
            profiles::save_profile,
            profiles::delete_profile,
            profiles::set_aside_profiles,
            doctor::run_doctor,
            doctor::cancel_doctor,
            advice::check_profile,
            advice::choose_file,
            advice::lint_publish,
            advice::lint_filter,
            advice::test_filter,
            connections::open_connection,
            connections::open_demo,
            connections::close_connection,
            connections::retry_connection,
            connections::ping,
            connections::disconnect,
            connections::drop_connection,
            connections::reauthenticate,
            connections::subscribe,
            connections::unsubscribe,
            connections::unlock_production,
            connections::frame_shown,
            tree::set_window,
            tree::set_expanded,
            tree::select_node,
            tree::step_selection,
            tree::reveal_topic,
            tree::set_filter,
            history::history_page,
            history::check_query,
            history::complete_query,
            history::message_detail,
            history::message_lines,
            history::message_diff,
            past::history_timeline,
            past::history_span,
            past::open_past,
            past::past_beside,
            past::find_moment,
            past::history_difference,
            past::choose_history_file,
            past::named_history_file,
            past::own_history_file,
            past::open_history_file,
            packets::packet_window,
            packets::packet_detail,
            packets::packet_handshake,
            packets::set_packet_recording,
            packets::clear_packets,
            packets::start_packet_export,
            publish::publish,
            publish::clear_retained,
            replays::replay_outlook,
            replays::cancel_replay_outlook,
            replays::start_replay,
            replays::steer_replay,
            exports::start_export,
            exports::estimate_export,
            exports::cancel_export,
            exports::choose_export_folder,
            imports::choose_import,
            imports::preview_import,
            imports::import_connections,
            imports::start_import,
            imports::cancel_import,
            keeping::pause_recording,
            keeping::keeping,
            keeping::removal_effect,
            keeping::cancel_removal_effect,
            keeping::start_removal,
            keeping::cancel_removal,
        ]
    };
}

fn typed() -> Builder<Wry> {
    Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        .disable_serde_phases()
        // All numbers that cross are below 2^53: moments in microseconds, counts, sizes, row ids.
        .dangerously_cast_bigints_to_number()
        .commands(listed!())
}

/// Answers every call of the page. Two commands carry raw bytes, for which there is no type.
pub(crate) fn handler() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    let raw: fn(Invoke) -> bool =
        tauri::generate_handler![history::message_payload, publish::stage_payload];
    // The handler lives as long as the process, and so does the list it looks into.
    let list: &'static Builder<Wry> = Box::leak(Box::new(typed()));
    let typed = list.invoke_handler();
    move |invoke| match invoke.message.command() {
        "message_payload" | "stage_payload" => raw(invoke),
        _ => typed(invoke),
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use specta_typescript::Typescript;

    use super::*;

    /// `WIRETREE_WRITE_BINDINGS=1 cargo test -p wiretree bindings` writes the file anew.
    #[test]
    fn the_bindings_of_the_page_are_those_of_the_commands() {
        let committed = "ui/src/ipc/bindings.ts";
        let folder = env::temp_dir().join(format!("wiretree-bindings-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let fresh = folder.join("bindings.ts");
        typed().export(Typescript::default(), &fresh).unwrap();
        let fresh_text = fs::read_to_string(&fresh).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        if env::var_os("WIRETREE_WRITE_BINDINGS").is_some() {
            fs::write(committed, &fresh_text).unwrap();
        }
        let committed_text = fs::read_to_string(committed).unwrap_or_default();
        assert!(
            committed_text == fresh_text,
            "{committed} is stale; run WIRETREE_WRITE_BINDINGS=1 cargo test -p wiretree bindings"
        );
    }
}
