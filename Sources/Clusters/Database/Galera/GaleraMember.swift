// One server of a cluster: its ports, its settings, and the state files that let all servers begin as members
// of one cluster.

import MariaClient

/// What tells one server of a cluster from the others.
struct GaleraMember: Sendable {
    let number: Int
    /// Of its cluster's messages to each other, of missed changes, and of whole states.
    ///
    /// rsync listens on the port after the last of these.
    let group: Int
    let changes: Int
    let state: Int
    /// Its own name among the members.
    let id: String

    init(_ number: Int, _ ports: LoopbackPorts) throws(ClusterError) {
        self.number = number
        let two = try ports.reserve(2)
        group = two[0]
        changes = two[1]
        state = try ports.reserve(1, width: 2)[0]
        id = "0000000\(number + 1)-c0de-11f1-9111-\(GaleraMember.hexadecimals(12))"
    }

    /// Where the others reach it.
    var address: String { "127.0.0.1:\(group)" }

    /// Its settings that nobody may change.
    func settings(of cluster: GaleraCluster) -> [String: String] {
        [
            "wsrep_on": "ON", "wsrep_provider": cluster.provider, "wsrep_cluster_name": cluster.name,
            "wsrep_cluster_address": "gcomm://" + cluster.members.map(\.address).joined(separator: ","),
            "wsrep_node_name": "node-\(number)", "wsrep_node_address": address,
            "wsrep_sst_method": "rsync", "wsrep_sst_receive_address": "127.0.0.1:\(state)",
            "wsrep_provider_options": cluster.options
                + "gmcast.listen_addr=tcp://\(address);ist.recv_addr=127.0.0.1:\(changes)",
            "binlog_format": "ROW", "innodb_autoinc_lock_mode": "2",
        ]
    }

    /// What a server of no state and of this cluster would have written as it ended, for two of its files.
    ///
    /// All begin as members of a cluster that was there already, with the same data. So none of them waits
    /// for another one, and no data is sent.
    func beginning(of cluster: GaleraCluster) -> [(file: String, text: String)] {
        let members = cluster.members.map { "member: \($0.id) 0\n" }.joined()
        return [
            (
                "grastate.dat",
                "# GALERA saved state\nversion: 2.1\nuuid:    \(cluster.state)\nseqno:   0\nsafe_to_bootstrap: 0\n"
            ),
            (
                "gvwstate.dat",
                "my_uuid: \(id)\n#vwbeg\nview_id: 3 \(cluster.members[0].id) 1\nbootstrap: 0\n\(members)#vwend\n"
            ),
        ]
    }

    static func hexadecimals(_ count: Int) -> String {
        String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
    }
}
