//! Topics whose form a product or a specification has fixed: whoever uses them cannot name them
//! otherwise, so advice on style would be noise.

/// How such topics begin, level by level; `+` stands for any level.
const OWNED: [&[&str]; 25] = [
    // The broker's own.
    &["$SYS"],
    // Sparkplug A and B, the state topic of 2.2, and what an aware broker keeps.
    &["spAv1.0"],
    &["spBv1.0"],
    &["STATE", "+"],
    &["$sparkplug"],
    // ThingsBoard.
    &["v1", "devices", "me"],
    &["v1", "gateway"],
    &["v2", "t"],
    &["v2", "a"],
    &["v2", "r"],
    &["v2", "fw"],
    &["v2", "sw"],
    &["", "provision"],
    // Homes.
    &["cmnd"],
    &["stat"],
    &["tele"],
    &["tasmota", "discovery"],
    &["homie"],
    &["homeassistant"],
    &["zigbee2mqtt"],
    &["shellies"],
    &["owntracks"],
    // Clouds.
    &["$aws"],
    &["$iothub"],
    &["devices", "+", "messages"],
];

/// Whether topics with these first levels belong to a dialect.
pub(super) fn owns(levels: &[&str]) -> bool {
    OWNED.iter().any(|owned| {
        owned.len() <= levels.len()
            && owned.iter().zip(levels).all(|(want, level)| *want == "+" || want == level)
    })
}
