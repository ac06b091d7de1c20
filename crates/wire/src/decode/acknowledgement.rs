//! The packets that are a reason code and properties, both of which may be left out: PUBACK,
//! PUBREC, PUBREL, PUBCOMP, DISCONNECT and AUTH (MQTT 5 §3.4 to §3.7, §3.14, §3.15).

use wiretree_model::{Properties, ProtocolVersion};

use crate::fields::Fields;
use crate::ledger::Ledger;
use crate::property::Place;
use crate::{Ack, Auth, DecodeError, Disconnect, PacketType, ReasonCode};

pub(super) fn ack<L: Ledger>(
    packet: PacketType,
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<Ack, DecodeError> {
    let packet_id = fields.packet_id()?;
    let (reason, properties) = outcome(packet, fields, version)?;
    Ok(Ack { packet_id, reason, properties })
}

pub(super) fn disconnect<L: Ledger>(
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<Disconnect, DecodeError> {
    let (reason, properties) = outcome(PacketType::Disconnect, fields, version)?;
    Ok(Disconnect { reason, properties })
}

pub(super) fn auth<L: Ledger>(fields: &mut Fields<'_, L>) -> Result<Auth, DecodeError> {
    let (reason, properties) = outcome(PacketType::Auth, fields, ProtocolVersion::V5)?;
    Ok(Auth { reason, properties })
}

/// Left out, the reason is success; MQTT 3.1.1 has neither.
fn outcome<L: Ledger>(
    packet: PacketType,
    fields: &mut Fields<'_, L>,
    version: ProtocolVersion,
) -> Result<(ReasonCode, Properties), DecodeError> {
    if !version.has_properties() || fields.is_empty() {
        return Ok((ReasonCode::SUCCESS, Properties::default()));
    }
    let reason = fields.reason(packet, version)?;
    if fields.is_empty() {
        return Ok((reason, Properties::default()));
    }
    Ok((reason, fields.properties(Place::Packet(packet), version)?))
}
