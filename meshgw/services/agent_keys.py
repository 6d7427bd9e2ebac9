"""Every key that agent files may have (service-registration.md appendix A).

Most of them do not matter to a mesh; what Consul does not know is an error all the same.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Known: TypeAlias = "dict[str, Known] | None"
"""The keys of a block; `None` where anything may stand: a value, or a map with free keys."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DEPRECATED: Final = _words(
    """
    acl_agent_master_token acl_agent_token acl_token acl_enable_key_list_policy acl_master_token
    acl_replication_token enable_acl_replication acl_datacenter acl_default_policy acl_down_policy
    acl_ttl ca_file ca_path cert_file key_file tls_cipher_suites tls_min_version verify_incoming
    verify_incoming_https verify_incoming_rpc verify_outgoing verify_server_hostname
    tls_prefer_server_cipher_suites start_join start_join_wan raft_boltdb acl_enforce_version_8
    """
)
"""Still read, with a warning."""

_TOP: Final = """
    acl addresses advertise_addr advertise_addr_ipv4 advertise_addr_ipv6 advertise_addr_wan
    advertise_addr_wan_ipv4 advertise_addr_wan_ipv6 advertise_reconnect_timeout ae_interval
    alt_domain audit auto_config auto_encrypt auto_reload_config autopilot bind_addr bootstrap
    bootstrap_expect build_date cache check check_deregister_interval_min check_output_max_size
    check_reap_interval check_update_interval checks client_addr cloud config_entries connect consul
    data_dir datacenter default_intention_policy default_query_time disable_anonymous_signature
    disable_coordinates disable_host_node_id disable_http_unprintable_char_filter
    disable_keyring_file disable_remote_exec disable_update_check discard_check_output
    discovery_max_stale dns_config domain enable_agent_tls_for_checks enable_central_service_config
    enable_debug enable_local_script_checks enable_script_checks enable_syslog encrypt
    encrypt_verify_incoming encrypt_verify_outgoing experiments gossip_lan gossip_wan http_config
    leave_on_terminate license_path license_poll_base_time license_poll_max_time
    license_update_base_time license_update_max_time limits locality log_file log_json log_level
    log_rotate_bytes log_rotate_duration log_rotate_max_files max_query_time node_id node_meta
    node_name partition peering performance pid_file ports primary_datacenter primary_gateways
    primary_gateways_interval protocol raft_logstore raft_prevote_disabled raft_protocol
    raft_snapshot_interval raft_snapshot_threshold raft_trailing_logs read_replica reconnect_timeout
    reconnect_timeout_wan recursors rejoin_after_leave reporting retry_interval retry_interval_wan
    retry_join retry_join_wan retry_max retry_max_wan revision rpc segment segment_limit
    segment_name_limit segments serf_lan serf_lan_allowed_cidrs serf_wan serf_wan_allowed_cidrs
    server server_name server_rejoin_age_max service services session_ttl_min
    skip_leave_on_interrupt snapshot_agent sync_coordinate_interval_min sync_coordinate_rate_target
    syslog_facility tagged_addresses telemetry tls translate_wan_addrs ui ui_config ui_content_path
    ui_dir unix_sockets use_streaming_backend version version_metadata version_prerelease watches
    xds
    non_voting_server
"""

_BLOCKS: Final = {
    "acl": (
        "enabled enable_token_replication policy_ttl role_ttl token_ttl down_policy default_policy "
        "enable_key_list_policy tokens enable_token_persistence msp_disable_bootstrap"
    ),
    "acl.tokens": (
        "initial_management replication agent_recovery default agent config_file_service_registration dns "
        "managed_service_provider master agent_master"
    ),
    "addresses": "dns http https grpc grpc_tls",
    "audit": "enabled sink rpc_enabled",
    "auto_config": "enabled intro_token intro_token_file server_addresses dns_sans ip_sans authorization",
    "auto_config.authorization": "enabled static",
    "auto_config.authorization.static": (
        "claim_assertions allow_reuse jwt_supported_algs bound_audiences claim_mappings list_claim_mappings "
        "oidc_discovery_url oidc_discovery_ca_cert jwks_url jwks_ca_cert jwt_validation_pub_keys "
        "bound_issuer expiration_leeway not_before_leeway clock_skew_leeway"
    ),
    "auto_encrypt": "tls dns_san ip_san allow_tls",
    "autopilot": (
        "cleanup_dead_servers last_contact_threshold max_trailing_logs min_quorum server_stabilization_time "
        "disable_upgrade_migration redundancy_zone_tag upgrade_version_tag"
    ),
    "cache": "entry_fetch_max_burst entry_fetch_rate",
    "cloud": "resource_id client_id client_secret hostname auth_url scada_address",
    "connect": (
        "enabled ca_provider ca_config enable_mesh_gateway_wan_federation test_ca_leaf_root_change_spread"
    ),
    "consul": "coordinate raft server",
    "consul.coordinate": "update_batch_size update_max_batches update_period",
    "consul.raft": "election_timeout heartbeat_timeout leader_lease_timeout",
    "consul.server": "health_interval",
    "dns_config": (
        "allow_stale a_record_limit disable_compression enable_truncate max_stale node_ttl only_passing "
        "recursor_strategy recursor_timeout service_ttl udp_answer_limit enable_additional_node_meta_txt "
        "soa use_cache cache_max_age prefer_namespace"
    ),
    "dns_config.soa": "refresh retry expire min_ttl",
    "gossip_lan": "gossip_nodes gossip_interval probe_interval probe_timeout suspicion_mult retransmit_mult",
    "gossip_wan": "gossip_nodes gossip_interval probe_interval probe_timeout suspicion_mult retransmit_mult",
    "http_config": "block_endpoints allow_write_http_from response_headers use_cache max_header_bytes",
    "limits": (
        "http_max_conns_per_client https_handshake_timeout request_limits rpc_client_timeout "
        "rpc_handshake_timeout rpc_max_burst rpc_max_conns_per_client rpc_rate kv_max_value_size "
        "txn_max_req_len"
    ),
    "limits.request_limits": "mode read_rate write_rate",
    "locality": "region zone",
    "peering": "enabled test_allow_peer_registrations",
    "performance": (
        "leave_drain_time raft_multiplier rpc_hold_timeout grpc_keepalive_interval grpc_keepalive_timeout "
        "enable_xds_load_balancing"
    ),
    "ports": (
        "dns http https serf_lan serf_wan server grpc grpc_tls proxy_min_port proxy_max_port "
        "sidecar_min_port sidecar_max_port expose_min_port expose_max_port"
    ),
    "raft_boltdb": "NoFreelistSync",
    "raft_logstore": "backend disable_log_cache verification boltdb wal",
    "raft_logstore.boltdb": "no_freelist_sync",
    "raft_logstore.verification": "enabled interval",
    "raft_logstore.wal": "segment_size_mb",
    "reporting": "license",
    "reporting.license": "enabled",
    "rpc": "enable_streaming",
    "segments": "advertise bind name port rpc_listener",
    "telemetry": (
        "circonus_api_app circonus_api_token circonus_api_url circonus_broker_id circonus_broker_select_tag "
        "circonus_check_display_name circonus_check_force_metric_activation circonus_check_id "
        "circonus_check_instance_id circonus_check_search_tag circonus_check_tags "
        "circonus_submission_interval circonus_submission_url disable_hostname "
        "disable_per_tenancy_usage_metrics enable_host_metrics dogstatsd_addr dogstatsd_tags "
        "retry_failed_connection filter_default prefix_filter metrics_prefix prometheus_retention_time "
        "statsd_address statsite_address"
    ),
    "tls": "defaults internal_rpc https grpc",
    "tls.defaults": (
        "ca_file ca_path cert_file key_file tls_min_version tls_cipher_suites verify_incoming "
        "verify_outgoing verify_server_hostname use_auto_cert"
    ),
    "tls.grpc": (
        "ca_file ca_path cert_file key_file tls_min_version tls_cipher_suites verify_incoming "
        "verify_outgoing verify_server_hostname use_auto_cert"
    ),
    "tls.https": (
        "ca_file ca_path cert_file key_file tls_min_version tls_cipher_suites verify_incoming "
        "verify_outgoing verify_server_hostname use_auto_cert"
    ),
    "tls.internal_rpc": (
        "ca_file ca_path cert_file key_file tls_min_version tls_cipher_suites verify_incoming "
        "verify_outgoing verify_server_hostname use_auto_cert"
    ),
    "ui_config": (
        "enabled dir content_path metrics_provider metrics_provider_files metrics_provider_options_json "
        "metrics_proxy dashboard_url_templates"
    ),
    "ui_config.metrics_proxy": "base_url add_headers path_allowlist",
    "ui_config.metrics_proxy.add_headers": "name value",
    "unix_sockets": "group mode user",
    "xds": "update_max_per_second",
}


def _tree() -> dict[str, Known]:
    known: dict[str, Known] = dict.fromkeys((*_TOP.split(), *DEPRECATED))
    for path, keys in sorted(_BLOCKS.items()):
        block: Any = known
        *above, name = path.split(".")
        for step in above:
            block = block[step]
        block[name] = dict.fromkeys(keys.lower().split())
    return known


KNOWN: Final = _tree()
"""What agent files may have, lower-case, below one another."""

AGENT_KEYS: Final = frozenset(KNOWN)
"""The keys at the top of agent files, lower-case."""

ENTERPRISE: Final = (
    ("partition",),
    ("read_replica",),
    ("non_voting_server",),
    ("audit",),
    ("license_path",),
    ("reporting", "license", "enabled"),
    ("autopilot", "redundancy_zone_tag"),
    ("autopilot", "upgrade_version_tag"),
    ("autopilot", "disable_upgrade_migration"),
    ("dns_config", "prefer_namespace"),
    ("acl", "msp_disable_bootstrap"),
    ("acl", "tokens", "managed_service_provider"),
)
"""Settings without effect in Community."""


def unknown_below(value: Any, known: Known, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    """The paths of unknown keys in a setting that nobody decodes; `path` is where it stands."""
    if known is None:
        return []
    if isinstance(value, list):
        inner = [unknown_below(item, known, (*path, index)) for index, item in enumerate(value)]
        return [found for part in inner for found in part]
    if not isinstance(value, dict):
        return []
    found: list[tuple[str | int, ...]] = []
    for key, item in value.items():
        if key.lower() not in known:
            found.append((*path, key))
        else:
            found += unknown_below(item, known[key.lower()], (*path, key))
    return found
